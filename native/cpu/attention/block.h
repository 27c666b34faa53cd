// What the blocked attention kernels share: where a sequence lies, packed operands, bias and dropout of a block.
// A block is up to kBlockQueries x kBlockKeys scores; its rows lie kBlockRow floats apart, so that any of its sides can
// be the depth of a tile. The products are those of one micro-kernel: where it takes bf16, so do all operands, scores
// and their gradients included; sums, softmax and what leaves a block are f32.
#pragma once

#include "kernels/attention/attention.h"
#include "kernels/attention/attention_mask.h"
#include "native/cpu/attention/relative_bias.h"
#include "native/cpu/gemm/pack_operand.h"
#include "native/cpu/simd/math.h"
#include "native/cpu/simd/philox.h"
#include "native/cpu/simd/storage.h"
#include "native/cpu/simd/sum.h"

namespace gridstride::cpu::GS_ISA {

constexpr int64_t kBlockQueries = 128;
constexpr int64_t kBlockKeys = kMaxScores;  // a whole number of panels, and of Philox counters
constexpr int64_t kBlockRow = kScoreRowBytes / 4;

constexpr float kInfinity = __builtin_inff();

// Floats of one row's dropout factors: whole calls of Philox past the last key.
constexpr int64_t kFactors = kBlockKeys + 4 * kLanes;

static inline const MicroKernel& kernel_of(const AttentionProblem& p, const MicroKernel* bf16) {
  return bf16 && p.dtype == DType::bf16 ? *bf16 : float_kernel();
}

// Columns of an output held in f32, in whole panels.
static inline int64_t width_of(const MicroKernel& kernel, const AttentionProblem& p) {
  return round_up(p.head_size, kernel.panel);
}

// Bytes of a packed panel, and floats of scratch for as many as `columns` need.
static inline int64_t panel_bytes(const MicroKernel& kernel, int64_t depth) {
  return packed_depth(kernel, depth) * kernel.panel * element_bytes(kernel);
}
static inline int64_t panel_floats(const MicroKernel& kernel, int64_t depth, int64_t columns) {
  return divide_up(columns, kernel.panel) * panel_bytes(kernel, depth) / 4;
}

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

template <class T>
constexpr DType kDTypeOf = std::is_same_v<T, float>      ? DType::f32
                           : std::is_same_v<T, BFloat16> ? DType::bf16
                                                         : DType::f16;

// A left operand: rows as they are, kBlockRow floats apart.
template <class T>
static inline void pack_left(const MicroKernel& kernel, const T* from, int64_t from_row, int64_t rows, int64_t cols,
                             float* to) {
  pack_operand_rows(kernel, {from, from_row, 1, 0, 0, kDTypeOf<T>}, 0, rows, cols, reinterpret_cast<char*>(to),
                    kScoreRowBytes);
}

// A right operand of depth `cols` whose columns are the rows.
template <class T>
static inline void pack_transposed(const MicroKernel& kernel, const T* from, int64_t from_row, int64_t rows,
                                   int64_t cols, float* to) {
  for (int64_t i = 0; i < rows; i += kernel.panel)
    pack_operand_panel(kernel, {from, 1, from_row, 0, 0, kDTypeOf<T>}, i * from_row, cols,
                       smaller(kernel.panel, rows - i),
                       reinterpret_cast<char*>(to) + i / kernel.panel * panel_bytes(kernel, cols));
}

// A right operand of depth `rows`.
template <class T>
static inline void pack_straight(const MicroKernel& kernel, const T* from, int64_t from_row, int64_t rows, int64_t cols,
                                 float* to) {
  for (int64_t d = 0; d < cols; d += kernel.panel)
    pack_operand_panel(kernel, {from, from_row, 1, 0, 0, kDTypeOf<T>}, d, rows, smaller(kernel.panel, cols - d),
                       reinterpret_cast<char*>(to) + d / kernel.panel * panel_bytes(kernel, rows));
}

// Computed rows as a left operand of depth `depth`: themselves, or rounded into `spare`, which holds a tile's rows.
static inline const float* left_of(const MicroKernel& kernel, const float* from, int64_t rows, int64_t depth,
                                   float* spare) {
  if (kernel.element == DType::f32) return from;
  for (int64_t i = 0; i < rows; ++i) {
    auto* to = reinterpret_cast<BFloat16*>(spare + i * kBlockRow);
    const float* row = from + i * kBlockRow;
    int64_t j = 0;
    for (; j + kLanes <= depth; j += kLanes) store(to + j, load(row + j));
    if (j < depth) store(to + j, keep_first(load(row + j), depth - j)), j += kLanes;
    for (; j < round_up(depth, kDepthUnit); j += kLanes) store(to + j, Vec{});
  }
  return spare;
}

// A right operand: from element `depth_begin` of its depth on, from column `column` on.
struct Panels {
  const float* data;
  int64_t depth, column = 0, depth_begin = 0;

  const char* at(const MicroKernel& kernel, int64_t panel) const {
    return reinterpret_cast<const char*>(data) + (column / kernel.panel + panel) * panel_bytes(kernel, depth) +
           depth_begin * kernel.panel * element_bytes(kernel);
  }
};

// c (rows, columns) = or += a b, rows of one tile, as many columns as whole panels hold.
static inline void multiply_block(const MicroKernel& kernel, const float* a, int64_t rows, const Panels& b,
                                  int64_t columns, int64_t depth, float* c, int64_t c_row, bool add) {
  for (int64_t p = 0; p < divide_up(columns, kernel.panel); ++p)
    kernel.multiply(rows, {a, b.at(kernel, p), c + p * kernel.panel, c_row, depth, add, kScoreRowBytes});
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
