// The NEON tile: up to 6 rows by 16 columns. D stands for the instructions: the processor's own, or the twin.
#pragma once

#include <utility>

#include "native/cpu/gemm/micro_kernel.h"
#include "native/cpu/simd/unroll.h"

namespace gridstride::cpu {

constexpr int kNeonTileRows = 6;  // 24 accumulators, 6 of a, 1 of b: 31 of 32 registers
constexpr int kNeonVecs = 4;      // of 4 columns

// Pair kPair of the four that `left` holds of each row.
template <class D, int kPair, int R>
static inline void multiply_neon_pair(const typename D::Pairs (&left)[R], const char* b,
                                      typename D::Sums (&sum)[R][kNeonVecs]) {
  GS_UNROLL
  for (int j = 0; j < kNeonVecs; ++j) {
    const typename D::Pairs right = D::load_pairs(b + kPair * kNeonVecs * 16 + j * 16);
    GS_UNROLL
    for (int i = 0; i < R; ++i) sum[i][j] = D::template dot<kPair>(sum[i][j], right, left[i]);
  }
}

template <class D, int R>
static void multiply_neon_rows(const Tile& tile) {
  constexpr int kLanes = 4;
  typename D::Sums sum[R][kNeonVecs];
  GS_UNROLL
  for (int i = 0; i < R; ++i) {
    GS_UNROLL
    for (int j = 0; j < kNeonVecs; ++j)
      sum[i][j] = tile.add ? D::load(tile.c + i * tile.c_row + j * kLanes) : D::zero();
  }
  const char *a = static_cast<const char*>(tile.a), *b = static_cast<const char*>(tile.b);
  const char* wanted = tile.prefetch ? tile.prefetch : b;
  const int64_t step = tile.prefetch ? tile.prefetch_per_step : 0;
  constexpr int kPairs = 4;  // zeros follow the last
  for (int64_t depth = 0; depth < tile.depth; depth += 2 * kPairs) {
    typename D::Pairs left[R];
    GS_UNROLL
    for (int i = 0; i < R; ++i) left[i] = D::load_pairs(a + i * tile.a_row);
    multiply_neon_pair<D, 0>(left, b, sum);
    multiply_neon_pair<D, 1>(left, b, sum);
    multiply_neon_pair<D, 2>(left, b, sum);
    multiply_neon_pair<D, 3>(left, b, sum);
    __builtin_prefetch(wanted, 0, 2);
    wanted += step;
    a += kPairs * 4;
    b += kPairs * kNeonVecs * 16;
  }
  GS_UNROLL
  for (int i = 0; i < R; ++i) {
    GS_UNROLL
    for (int j = 0; j < kNeonVecs; ++j) D::store(tile.c + i * tile.c_row + j * kLanes, sum[i][j]);
  }
}

template <class D, int... kRow>
static void multiply_neon_tile(int64_t rows, const Tile& tile, std::integer_sequence<int, kRow...>) {
  static constexpr void (*functions[])(const Tile&) = {multiply_neon_rows<D, kRow + 1>...};
  functions[rows - 1](tile);
}

template <class D>
constexpr MicroKernel make_neon_bf16_kernel() {
  return {DType::bf16,
          kNeonTileRows,
          16,
          8,
          false,
          [](int64_t rows, const Tile& tile) {
            multiply_neon_tile<D>(rows, tile, std::make_integer_sequence<int, kNeonTileRows>());
          },
          nullptr,
          nullptr};
}

}  // namespace gridstride::cpu
