// A relative bias along a line of scores, a vector of lookups at a time, and its gradient from a block's dS, element by
// element in storage of f32 sums that one task owns.
#pragma once

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "kernels/attention/attention_mask.h"
#include "native/cpu/gemm/pack.h"
#include "native/cpu/simd/shuffle.h"
#include "native/cpu/simd/storage.h"

namespace gridstride::cpu::GS_ISA {

// Pairs along a line: of query `i` with the keys from `j` on, or, where transposed, of key `j` with the queries from
// `i` on.
struct RelativeLine {
  const AttentionRelativeBias& bias;
  int64_t i, j, sq, skv;
  bool transposed;

  int32_t bucket(int64_t n) const {
    return bias.bucket_of[relative_place(bias.reach, transposed ? i + n : i, transposed ? j : j + n, sq, skv)];
  }
};

// Elements p[at[lane]].
template <class T>
static inline Vec load_at(const T* p, VecInt at) {
  float buffer[kLanes];
  for (int i = 0; i < kLanes; ++i) buffer[i] = load_one(p + at[i]);
  return load(buffer);
}
#if defined(GS_ISA_avx512)
static inline Vec load_at(const float* p, VecInt at) {
  return (Vec)_mm512_mask_i32gather_ps(__m512{}, 0xffff, (__m512i)at, p, 4);  // the unmasked form warns under g++ 12
}
#elif defined(GS_ISA_avx2)
static inline Vec load_at(const float* p, VecInt at) { return (Vec)_mm256_i32gather_ps(p, (__m256i)at, 4); }
#endif

template <int... kLane>
static inline VecInt reversed(VecInt v, std::integer_sequence<int, kLane...>) {
  return bits(shuffle<(kLanes - 1 - kLane)...>(from_bits(v), from_bits(v)));
}

// Buckets of pairs n to n + count - 1, 0 in the lanes past them. Within the reach they are neighbours in the table.
static inline VecInt buckets_at(const RelativeLine& pairs, int64_t n, int64_t count) {
  const AttentionRelativeBias& bias = pairs.bias;
  const int64_t step = pairs.transposed ? -1 : 1;
  const int64_t first = pairs.j - (pairs.i + pairs.skv - pairs.sq) + step * n + bias.reach;
  const int64_t last = first + step * (kLanes - 1);
  VecInt at{};
  if (count == kLanes && smaller(first, last) >= 0 && larger(first, last) <= 2 * bias.reach) {
    memcpy(&at, bias.bucket_of + smaller(first, last), sizeof at);
    return pairs.transposed ? reversed(at, std::make_integer_sequence<int, kLanes>()) : at;
  }
  for (int k = 0; k < count; ++k) at[k] = pairs.bucket(n + k);
  return at;
}

// line[n] += terms[n * step + bucket of pair n], for n in `range`.
template <class T>
static inline void add_terms(const RelativeLine& pairs, const T* terms, int64_t step, AttentionRange range,
                             float* line) {
  constexpr int64_t kFar = int64_t{1} << 31;
  if (step * kLanes + pairs.bias.buckets >= kFar) {
    for (int64_t n = range.begin; n < range.end; ++n) line[n] += load_one(terms + n * step + pairs.bucket(n));
    return;
  }
  VecInt steps;
  for (int k = 0; k < kLanes; ++k) steps[k] = static_cast<int32_t>(k * step);
  for (int64_t n = range.begin; n < range.end; n += kLanes) {
    const int64_t count = smaller(kLanes, range.end - n);
    VecInt at = buckets_at(pairs, n, count) + steps;
    for (int64_t k = count; k < kLanes; ++k) at[k] = 0;  // no lane reads past the last term
    store_up_to(line + n, load_up_to(line + n, count) + load_at(terms + n * step, at), count);
  }
}

// line[n] += the bias of pair n, for n in `range`. q_begin and k_begin: token rows of the sequence.
static inline void add_relative_bias(const RelativeLine& pairs, int64_t h, int64_t q_begin, int64_t k_begin,
                                     AttentionRange range, float* line) {
  const AttentionTerms &row = pairs.bias.row, &col = pairs.bias.col;
  with_storage(pairs.bias.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T* rows = static_cast<const T*>(row.data) + (q_begin + pairs.i) * row.token_stride + h * row.head_stride;
    add_terms(pairs, rows, pairs.transposed ? row.token_stride : 0, range, line);
    if (!col.data) return;
    const T* cols = static_cast<const T*>(col.data) + (k_begin + pairs.j) * col.token_stride + h * col.head_stride;
    add_terms(pairs, cols, pairs.transposed ? 0 : col.token_stride, range, line);
  });
}

// sums[bucket of pair n] += ds[n], for n in `range`.
static inline void add_to_buckets(const RelativeLine& pairs, const float* ds, AttentionRange range, float* sums) {
  for (int64_t n = range.begin; n < range.end; ++n) sums[pairs.bucket(n)] += ds[n];
}

}  // namespace gridstride::cpu::GS_ISA
