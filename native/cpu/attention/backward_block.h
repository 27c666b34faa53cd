// Gradients of one block of scores, keys along the rows: with P^T and dS^T at hand, dV += P^T dO and dK += dS^T Q take
// them as they are, log-sum-exps and deltas are vectors along the queries, and only dS is transposed, for dQ.
#pragma once

#include "native/cpu/attention/block.h"

namespace gridstride::cpu::GS_ISA {

// One thread's scratch.
struct BackwardScratch {
  float* key_rows;       // (kBlockKeys, kBlockRow)
  float* value_rows;     // (kBlockKeys, kBlockRow)
  float* key_panels;     // depth: keys
  float* query_columns;  // panels of Q^T, depth: head_size
  float* grad_columns;   // panels of dO^T
  float* query_panels;   // depth: queries
  float* grad_panels;
  float* dk;       // (kBlockKeys, width)
  float* dv;       // (kBlockKeys, width)
  float* weights;  // (tile rows, kBlockRow): P^T, kept
  float* ds;       // (kBlockKeys, kBlockRow): dS^T
  float* ds_rows;  // (kBlockQueries, kBlockRow): dS
  float* rounded;  // (tile rows, kBlockRow): rows of these three as an operand of bf16
  float* lse;      // (kBlockQueries), +inf where a row has no weight
  float* delta;    // (kBlockQueries)
  float* factors;  // (kBlockKeys, kBlockRow): dropout, transposed
  float* lines;    // (kLanes, kFactors): dropout of some queries
  float* dq;       // (tile rows, width)
};
constexpr int kBackwardParts = 18;

static inline void backward_sizes(const MicroKernel& kernel, const AttentionProblem& p,
                                  int64_t (&floats)[kBackwardParts]) {
  const int64_t width = width_of(kernel, p), dropout = p.dropout_p > 0, tile = kernel.tile_rows * kBlockRow;
  const int64_t columns = panel_floats(kernel, p.head_size, kBlockQueries);
  const int64_t panels = panel_floats(kernel, kBlockQueries, p.head_size);
  const int64_t sizes[kBackwardParts] = {kBlockKeys * kBlockRow,
                                         kBlockKeys * kBlockRow,
                                         panel_floats(kernel, kBlockKeys, p.head_size),
                                         columns,
                                         columns,
                                         panels,
                                         panels,
                                         kBlockKeys * width,
                                         kBlockKeys * width,
                                         tile,
                                         kBlockKeys * kBlockRow,
                                         kBlockQueries * kBlockRow,
                                         kernel.element == DType::f32 ? 0 : tile,
                                         kBlockQueries,
                                         kBlockQueries,
                                         dropout * kBlockKeys * kBlockRow,
                                         dropout * kLanes * kFactors,
                                         kernel.tile_rows * width};
  for (int i = 0; i < kBackwardParts; ++i) floats[i] = sizes[i];
}

template <class T>
struct BackwardBlock {
  const AttentionBackwardArgs& args;
  const AttentionProblem& p;
  const MicroKernel& kernel;
  const float* delta;  // (heads, q_tokens)
  BackwardScratch scratch;
  Sequence s;
  int64_t k0, keys, q0, queries;  // within the sequence
  AttentionRange globals{};       // within the block of keys

  void load_keys(int64_t begin) {
    k0 = begin;
    keys = smaller(kBlockKeys, s.skv - k0);
    globals = globals_of(p, s, k0, keys);
    const T* k = head_row<T>(args.k, s.k_begin + k0, p.k_stride, s.kv_head, p.head_size);
    const T* v = head_row<T>(args.v, s.k_begin + k0, p.v_stride, s.kv_head, p.head_size);
    pack_left(kernel, k, p.k_stride, keys, p.head_size, scratch.key_rows);
    pack_left(kernel, v, p.v_stride, keys, p.head_size, scratch.value_rows);
    pack_straight(kernel, k, p.k_stride, keys, p.head_size, scratch.key_panels);
  }

  // Queries [begin, ...) of the sequence's head s.h.
  void load_queries(int64_t begin) {
    q0 = begin;
    queries = smaller(kBlockQueries, s.sq - q0);
    const T* q = head_row<T>(args.q, s.q_begin + q0, p.q_stride, s.h, p.head_size);
    const T* g = head_row<T>(args.d_o, s.q_begin + q0, args.d_o_stride, s.h, p.head_size);
    pack_straight(kernel, q, p.q_stride, queries, p.head_size, scratch.query_panels);
    pack_straight(kernel, g, args.d_o_stride, queries, p.head_size, scratch.grad_panels);
    pack_transposed(kernel, q, p.q_stride, queries, p.head_size, scratch.query_columns);
    pack_transposed(kernel, g, args.d_o_stride, queries, p.head_size, scratch.grad_columns);
    const int64_t row = s.h * p.q_tokens + s.q_begin + q0;
    for (int64_t i = 0; i < kBlockQueries; ++i) {
      const float lse = i < queries ? static_cast<const float*>(args.lse)[row + i] : kInfinity;
      scratch.lse[i] = lse == -kInfinity ? kInfinity : lse;
      scratch.delta[i] = i < queries ? delta[row + i] : 0.0f;
    }
    if (p.dropout_p > 0) load_factors();
  }

  void load_factors() {
    for (int64_t i = 0; i < queries; i += kLanes) {
      const int64_t rows = smaller(kLanes, queries - i);
      for (int64_t r = 0; r < rows; ++r) dropout_factors(p, s, q0 + i + r, k0, keys, scratch.lines + r * kFactors);
      transpose_block(scratch.lines, kFactors, rows, keys, scratch.factors + i, kBlockRow);
    }
  }

  bool is_global(int64_t j) const { return globals.begin <= j && j < globals.end && p.global_keys[s.k_begin + k0 + j]; }
  // Queries of the sequence that see some of the keys [row, row + rows) of the block.
  AttentionRange queries_of(int64_t row, int64_t rows) const {
    AttentionRange range{visible_queries(p, k0 + row, s.sq, s.skv).begin,
                         visible_queries(p, k0 + row + rows - 1, s.sq, s.skv).end};
    for (int64_t j = row; j < row + rows; ++j)
      if (is_global(j)) range = join(range, queries_of_global(p, k0 + j, s.sq, s.skv));
    return range;
  }

  // From scores and dP of key j to P and dS, over queries [begin, end).
  void weigh_row(int64_t j, float* weights, float* ds, int64_t begin, int64_t end) const {
    AttentionRange range =
        is_global(j) ? queries_of_global(p, k0 + j, s.sq, s.skv) : visible_queries(p, k0 + j, s.sq, s.skv);
    range.begin = larger(begin, range.begin - q0), range.end = smaller(smaller(end, queries), range.end - q0);
    const Vec scale = splat(static_cast<float>(p.scale));
    for (int64_t i = begin; i < end; i += kLanes) store(weights + i, load(weights + i) * scale);
    add_bias(p, s, q0, k0 + j, true, range, weights);
    for (int64_t i = begin; i < end; i += kLanes) {
      Vec weight = exp_negative(load(weights + i) - load(scratch.lse + i)), dp = load(ds + i), kept = weight;
      if (p.dropout_p > 0) {
        const Vec factor = load(scratch.factors + j * kBlockRow + i);
        dp *= factor;
        kept *= factor;
      }
      store(weights + i, kept);
      store(ds + i, weight * (dp - load(scratch.delta + i)));
    }
    for (int64_t i = begin; i < smaller(end, range.begin); ++i) weights[i] = ds[i] = 0;
    for (int64_t i = larger(begin, range.end); i < end; ++i) weights[i] = ds[i] = 0;
  }

  // dS^T of keys [row, row + rows), and their share of dK and dV where wanted.
  void run_tile(int64_t row, int64_t rows, bool wants_dkv) const {
    float* ds = scratch.ds + row * kBlockRow;
    const int64_t whole = round_up(queries, kernel.panel), width = width_of(kernel, p);
    const AttentionRange seen = queries_of(row, rows);
    const int64_t first = larger(0, seen.begin - q0) / kernel.panel * kernel.panel;
    const int64_t last = smaller(queries, seen.end - q0);
    const int64_t columns = last > first ? round_up(last - first, kernel.panel) : 0, end = first + columns;
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < whole; ++j)
        if (j < first || j >= end) ds[i * kBlockRow + j] = 0;
    if (columns == 0) return;
    multiply_block(kernel, scratch.key_rows + row * kBlockRow, rows, {scratch.query_columns, p.head_size, first},
                   columns, p.head_size, scratch.weights + first, kBlockRow, false);
    multiply_block(kernel, scratch.value_rows + row * kBlockRow, rows, {scratch.grad_columns, p.head_size, first},
                   columns, p.head_size, ds + first, kBlockRow, false);
    for (int64_t i = 0; i < rows; ++i)
      weigh_row(row + i, scratch.weights + i * kBlockRow, ds + i * kBlockRow, first, end);
    if (!wants_dkv) return;
    const int64_t depth = last - first;
    const float* left = left_of(kernel, scratch.weights + first, rows, depth, scratch.rounded);
    multiply_block(kernel, left, rows, {scratch.grad_panels, queries, 0, first}, width, depth, scratch.dv + row * width,
                   width, true);
    left = left_of(kernel, ds + first, rows, depth, scratch.rounded);
    multiply_block(kernel, left, rows, {scratch.query_panels, queries, 0, first}, width, depth,
                   scratch.dk + row * width, width, true);
  }

  // dS of the block, to ds_rows.
  void run(bool wants_dkv) const {
    for (int64_t i = 0; i < tile_count(kernel, keys); ++i) {
      const int64_t row = tile_begin(kernel, keys, i);
      run_tile(row, tile_begin(kernel, keys, i + 1) - row, wants_dkv);
    }
    transpose_block(scratch.ds, kBlockRow, keys, queries, scratch.ds_rows, kBlockRow);
  }

  // Whether any query of the block at `begin` sees a key of the loaded block.
  bool meets(int64_t begin) const {
    const AttentionRange seen = queries_of(0, keys);
    return seen.begin < smaller(s.sq, begin + kBlockQueries) && seen.end > begin;
  }
};

}  // namespace gridstride::cpu::GS_ISA
