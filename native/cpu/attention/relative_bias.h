// A relative bias along a line of scores, and its gradient from a block's dS: lookups element by element, in storage
// of f32 sums that one task owns.
#pragma once

#include "kernels/attention/attention_mask.h"
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

// line[n] += the bias of pair n, for n in `range`. q_begin and k_begin: token rows of the sequence.
static inline void add_relative_bias(const RelativeLine& pairs, int64_t h, int64_t q_begin, int64_t k_begin,
                                     AttentionRange range, float* line) {
  const AttentionTerms &row = pairs.bias.row, &col = pairs.bias.col;
  const int64_t row_step = pairs.transposed ? row.token_stride : 0, col_step = pairs.transposed ? 0 : col.token_stride;
  with_storage(pairs.bias.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T* rows = static_cast<const T*>(row.data) + (q_begin + pairs.i) * row.token_stride + h * row.head_stride;
    const T* cols = static_cast<const T*>(col.data);
    if (!cols) {
      for (int64_t n = range.begin; n < range.end; ++n) line[n] += load_one(rows + n * row_step + pairs.bucket(n));
      return;
    }
    cols += (k_begin + pairs.j) * col.token_stride + h * col.head_stride;
    for (int64_t n = range.begin; n < range.end; ++n) {
      const int32_t c = pairs.bucket(n);
      line[n] += load_one(rows + n * row_step + c) + load_one(cols + n * col_step + c);
    }
  });
}

// sums[bucket of pair n] += ds[n], for n in `range`.
static inline void add_to_buckets(const RelativeLine& pairs, const float* ds, AttentionRange range, float* sums) {
  for (int64_t n = range.begin; n < range.end; ++n) sums[pairs.bucket(n)] += ds[n];
}

}  // namespace gridstride::cpu::GS_ISA
