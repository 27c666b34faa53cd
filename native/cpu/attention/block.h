// What the blocked attention kernels share: where a sequence lies, packed operands, bias and dropout of a block.
// A block is up to kBlockQueries x kBlockKeys scores; its rows lie kBlockRow floats apart, so that any of its sides can
// be the depth of a tile.
#pragma once

#include "kernels/attention/attention.h"
#include "kernels/attention/attention_mask.h"
#include "native/cpu/attention/relative_bias.h"
#include "native/cpu/gemm/pack.h"
#include "native/cpu/simd/math.h"
#include "native/cpu/simd/philox.h"
#include "native/cpu/simd/storage.h"

namespace gridstride::cpu::GS_ISA {

constexpr int64_t kBlockQueries = 128;
constexpr int64_t kBlockKeys = 256;  // a whole number of panels, and of Philox counters
constexpr int64_t kBlockRow = kBlockKeys + 16;

constexpr float kInfinity = __builtin_inff();

// Floats of one row's dropout factors: whole calls of Philox past the last key.
constexpr int64_t kFactors = kBlockKeys + 4 * kLanes;

// Columns of an output held in f32, in whole panels.
static inline int64_t width_of(const AttentionProblem& p) { return round_up(p.head_size, kPanel); }

// Scratch in parts: a struct of float pointers, each to a part of its size, 64-byte aligned.
template <int kParts>
static inline int64_t total_floats(const int64_t (&sizes)[kParts]) {
  int64_t total = 0;
  for (int64_t size : sizes) total += round_up(size, 16);
  return total;
}
template <class Scratch, int kParts>
static inline void cut_scratch(float* base, const int64_t (&sizes)[kParts], Scratch* scratch) {
  static_assert(sizeof(Scratch) == kParts * sizeof(float*));
  float* parts[kParts];
  for (int i = 0; i < kParts; ++i) {
    parts[i] = base;
    base += round_up(sizes[i], 16);
  }
  memcpy(scratch, parts, sizeof parts);
}

// One sequence and query head.
struct Sequence {
  int64_t b, h, kv_head;
  int64_t q_begin, sq, k_begin, skv;
};
static inline Sequence sequence_of(const AttentionProblem& p, int64_t b, int64_t h) {
  const int64_t q_begin = p.q_cu_seqlens[b], k_begin = p.kv_cu_seqlens[b];
  return {b,
          h,
          h / (p.heads / p.kv_heads),
          q_begin,
          p.q_cu_seqlens[b + 1] - q_begin,
          k_begin,
          p.kv_cu_seqlens[b + 1] - k_begin};
}

// From the first to the last global key of a block, counted within it; empty where there is none.
static inline AttentionRange globals_of(const AttentionProblem& p, const Sequence& s, int64_t k0, int64_t keys) {
  AttentionRange range{keys, 0};
  for (int64_t j = 0; p.global_keys && j < keys; ++j)
    if (p.global_keys[s.k_begin + k0 + j]) range = {smaller(range.begin, j), j + 1};
  return range;
}

// The narrowest range that holds both, of which an empty one does not count.
static inline AttentionRange join(AttentionRange a, AttentionRange b) {
  if (a.begin >= a.end) return b;
  if (b.begin >= b.end) return a;
  return {smaller(a.begin, b.begin), larger(a.end, b.end)};
}

// The head's part of token row `row`.
template <class T>
static inline const T* head_row(const void* data, int64_t row, int64_t stride, int64_t head, int64_t head_size) {
  return static_cast<const T*>(data) + row * stride + head * head_size;
}

// to[i * to_row + d] = factor * from[i * from_row + d], whole vectors, zero past the columns.
template <class T>
static inline void pack_scaled(const T* from, int64_t from_row, int64_t rows, int64_t cols, float factor, float* to,
                               int64_t to_row) {
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t d = 0; d < cols; d += kLanes)
      store(to + i * to_row + d, load_up_to(from + i * from_row + d, cols - d) * factor);
}

// Panels of kPanel rows, each [cols][kPanel]: the rows become columns of a right operand of depth `cols`.
template <class T>
static inline void pack_transposed(const T* from, int64_t from_row, int64_t rows, int64_t cols, float* to) {
  for (int64_t i = 0; i < rows; i += kPanel)
    pack_panel(from + i * from_row, 1, from_row, cols, smaller(kPanel, rows - i), to + i * cols);
}

// Panels of kPanel columns, each [rows][kPanel]: a right operand of depth `rows`.
template <class T>
static inline void pack_straight(const T* from, int64_t from_row, int64_t rows, int64_t cols, float* to) {
  for (int64_t d = 0; d < cols; d += kPanel)
    pack_panel(from + d, from_row, 1, rows, smaller(kPanel, cols - d), to + d * rows);
}

// c (rows, panels * kPanel) = or += a b, a's rows kBlockRow apart, b's panels `depth` deep and panel_floats apart.
static inline void multiply_block(const float* a, int64_t rows, const float* b, int64_t panel_floats, int64_t panels,
                                  int64_t depth, float* c, int64_t c_row, bool add) {
  const TileFunction multiply = tile_function<kBlockRow>(rows);
  for (int64_t p = 0; p < panels; ++p)
    multiply({a, b + p * panel_floats, c + p * kPanel, c_row, depth, add, nullptr, 0});
}

// line[j] += bias for j in [begin, end): along the keys of query `i` from key `j0` on, or, transposed, along the
// queries of key `j0` from query `i` on.
static inline void add_bias(const AttentionProblem& p, const Sequence& s, int64_t i, int64_t j0, bool transposed,
                            AttentionRange range, float* line) {
  if (p.bias.kind == AttentionBiasKind::none) return;
  if (p.bias.kind == AttentionBiasKind::relative)
    return add_relative_bias({p.bias.relative, i, j0, s.sq, s.skv, transposed}, s.h, s.q_begin, s.k_begin, range, line);
  const AttentionDenseBias& bias = p.bias.dense;
  const int64_t offset = s.b * bias.batch_stride + s.h * bias.head_stride + i * bias.row_stride + j0 * bias.col_stride;
  const int64_t stride = transposed ? bias.row_stride : bias.col_stride;
  with_storage(bias.dtype, [&](auto tag) {
    const auto* from = static_cast<const typename decltype(tag)::type*>(bias.data) + offset;
    for (int64_t j = range.begin; j < range.end; j += kLanes) {
      const int64_t count = smaller(kLanes, range.end - j);
      store_up_to(line + j, load_up_to(line + j, count) + load_strided(from + j * stride, stride, count), count);
    }
  });
}

// factors[j] = 0 where the pair (i, j0 + j) is dropped, else 1 / (1 - p), for j in [0, count); j0 is a multiple of 4.
// Writes up to 4 kLanes - 1 further.
static inline void dropout_factors(const AttentionProblem& p, const Sequence& s, int64_t i, int64_t j0, int64_t count,
                                   float* factors) {
  const VecUint threshold = VecUint{} + dropout_threshold(p.dropout_p);
  const Vec kept = splat(p.dropout_p < 1 ? static_cast<float>(1 / (1 - p.dropout_p)) : 0.0f);
  const uint64_t seed = static_cast<uint64_t>(p.stream.state[0]);
  const int64_t base = p.stream.state[1] + p.stream.delta + dropout_row(p, s.b, s.h, i) + j0 / 4;
  for (int64_t j = 0; j < count; j += 4 * kLanes) {
    const PhiloxWords drawn = philox_vectors(seed, static_cast<uint64_t>(base + j / 4));
    for (int k = 0; k < 4; ++k)
      store(factors + j + k * kLanes, from_bits(bits(kept) & (VecInt)(drawn.words[k] >= threshold)));
  }
}

}  // namespace gridstride::cpu::GS_ISA
