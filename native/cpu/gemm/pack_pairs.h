// The same layouts for 16-bit products: two neighbours in depth are a pair, one 32-bit lane. Rows of A are the pairs of
// each row, B lies in panels [depth / 2][panel] of pairs; both end in zeros up to a multiple of kDepthUnit.
#pragma once

#include "native/cpu/gemm/micro_kernel.h"
#include "native/cpu/gemm/pack.h"

namespace gridstride::cpu::GS_ISA {

// kLanes pairs of a row whose depth is contiguous; `left` elements are there, zeros follow.
static inline Vec load_pairs(const BFloat16* p, int64_t left) {
  BFloat16 buffer[2 * kLanes] = {};
  if (left < 2 * kLanes) {
    memcpy(buffer, p, static_cast<size_t>(left) * sizeof *p);
    p = buffer;
  }
  Vec v;
  memcpy(&v, p, sizeof v);
  return v;
}

// kLanes pairs of two rows, one of each depth: the lower and the upper halves. A row that is not there (null) is zeros.
static inline Vec join_pairs(const BFloat16* low, const BFloat16* high, int64_t left) {
  const auto widen = [left](const BFloat16* p) {
    VecHalf half{};
    if (p) memcpy(&half, p, static_cast<size_t>(smaller(left, kLanes)) * sizeof *p);
    return __builtin_convertvector(half, VecUint);
  };
  const auto widen_whole = [](const BFloat16* p) {
    VecHalf half;
    memcpy(&half, p, sizeof half);
    return __builtin_convertvector(half, VecUint);
  };
  if (high && left >= kLanes) return (Vec)(widen_whole(low) | widen_whole(high) << 16);
  return (Vec)(widen(low) | widen(high) << 16);
}

// Element (i, j) of `rows` x `depth` 16-bit elements, `row` and `col` apart.
struct PairSource {
  const BFloat16* data;
  int64_t row, col, rows, depth;

  int64_t pairs() const { return divide_up(depth, 2); }
  // Pairs from row i on of depth 2 p, where rows are contiguous.
  Vec across(int64_t p, int64_t i, int64_t left) const {
    const BFloat16* low = data + 2 * p * col + i;
    return join_pairs(low, 2 * p + 1 < depth ? low + col : nullptr, left);
  }
  Vec along(int64_t i, int64_t p) const { return load_pairs(data + i * row + 2 * p, depth - 2 * p); }
  void gather(int64_t i, int64_t p, uint16_t* to) const {
    const BFloat16* from = data + i * row + 2 * p * col;
    to[0] = from[0].bits;
    to[1] = 2 * p + 1 < depth ? from[col].bits : 0;
  }
};

static inline void clear(void* begin, int64_t bytes) { memset(begin, 0, static_cast<size_t>(bytes)); }

// Rows of A, to_row bytes apart.
static inline void pack_pair_rows(const PairSource& a, char* to, int64_t to_row) {
  const int64_t filled = 2 * a.pairs(), rest = round_up(a.depth, kDepthUnit) - filled;
  for (int64_t i = 0; i < a.rows; ++i) {
    char* row = to + i * to_row;
    clear(row + filled * 2, rest * 2);
    if (a.col != 1) continue;
    memcpy(row, a.data + i * a.row, static_cast<size_t>(a.depth) * 2);
    if (filled > a.depth) clear(row + a.depth * 2, 2);
  }
  if (a.col == 1) return;
  if (a.row == 1)
    return transpose_rows([&](int64_t p, int64_t i, int64_t left) { return a.across(p, i, left); }, a.pairs(), a.rows,
                          reinterpret_cast<float*>(to), to_row / 4);
  for (int64_t i = 0; i < a.rows; ++i)
    for (int64_t p = 0; p < a.pairs(); ++p) a.gather(i, p, reinterpret_cast<uint16_t*>(to + i * to_row + p * 4));
}

// One panel of B^T: its rows are the panel's columns, of which those past `rows` are zero.
static inline void pack_pair_panel(const PairSource& b, int64_t panel, char* to) {
  const int64_t whole = round_up(b.depth, kDepthUnit) / 2;
  if (b.rows < panel)
    clear(to, whole * panel * 4);
  else
    clear(to + b.pairs() * panel * 4, (whole - b.pairs()) * panel * 4);
  float* lanes = reinterpret_cast<float*>(to);
  if (b.col == 1) {
    transpose_rows([&](int64_t i, int64_t p, int64_t) { return b.along(i, p); }, b.rows, b.pairs(), lanes, panel);
  } else if (b.row == 1) {
    for (int64_t p = 0; p < b.pairs(); ++p)
      for (int64_t i = 0; i < b.rows; i += kLanes) store(lanes + p * panel + i, b.across(p, i, b.rows - i));
  } else {
    for (int64_t i = 0; i < b.rows; ++i)
      for (int64_t p = 0; p < b.pairs(); ++p) b.gather(i, p, reinterpret_cast<uint16_t*>(lanes + p * panel + i));
  }
}

}  // namespace gridstride::cpu::GS_ISA
