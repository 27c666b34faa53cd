// The AVX-512-BF16 tile: up to 14 rows by 32 columns. D stands for the instructions: the processor's own, or the twin.
#pragma once

#include <utility>

#include "native/cpu/gemm/micro_kernel.h"
#include "native/cpu/simd/unroll.h"

namespace gridstride::cpu {

constexpr int kAvx512TileRows = 14;  // 28 accumulators, 2 of b, 1 of a: 31 of 32 registers

template <class D, int64_t kRow, int R>
static void multiply_avx512_rows(const Tile& tile) {
  constexpr int kLanes = 16, kVecs = 2;
  using Sums = typename D::Sums;
  using Pairs = typename D::Pairs;
  Sums sum[R][kVecs];
  GS_UNROLL
  for (int i = 0; i < R; ++i) {
    GS_UNROLL
    for (int j = 0; j < kVecs; ++j) sum[i][j] = tile.add ? D::load(tile.c + i * tile.c_row + j * kLanes) : D::zero();
  }
  const char *a = static_cast<const char*>(tile.a), *b = static_cast<const char*>(tile.b);
  constexpr int64_t kLine = 64, kAhead = 12;  // pairs of b on the way to L1
  const char* wanted = tile.prefetch ? tile.prefetch : b;
  const int64_t step = tile.prefetch ? tile.prefetch_per_step : 0;
  for (int64_t k = (tile.depth + 1) / 2; k > 0; --k) {
    Pairs right[kVecs];
    GS_UNROLL
    for (int j = 0; j < kVecs; ++j) {
      right[j] = D::load_pairs(b + j * kLine);
      __builtin_prefetch(b + kAhead * kVecs * kLine + j * kLine, 0, 3);
    }
    __builtin_prefetch(wanted, 0, 2);
    wanted += step;
    GS_UNROLL
    for (int i = 0; i < R; ++i) {
      const Pairs left = D::repeat_pair(a + i * kRow);
      GS_UNROLL
      for (int j = 0; j < kVecs; ++j) sum[i][j] = D::dot(sum[i][j], left, right[j]);
    }
    a += 4;
    b += kVecs * kLine;
  }
  GS_UNROLL
  for (int i = 0; i < R; ++i) {
    GS_UNROLL
    for (int j = 0; j < kVecs; ++j) D::store(tile.c + i * tile.c_row + j * kLanes, sum[i][j]);
  }
}

template <class D, int... kIndex>
static void multiply_avx512_tile(int64_t rows, const Tile& tile, std::integer_sequence<int, kIndex...>) {
  using Function = void (*)(const Tile&);
  static constexpr Function functions[] = {multiply_avx512_rows<D, kRowBytes, kIndex + 1>...};
  static constexpr Function of_scores[] = {multiply_avx512_rows<D, kScoreRowBytes, kIndex + 1>...};
  (tile.a_row == kRowBytes ? functions : of_scores)[rows - 1](tile);
}

template <class D>
constexpr MicroKernel make_avx512_bf16_kernel() {
  return {DType::bf16,
          kAvx512TileRows,
          32,
          2,
          false,
          [](int64_t rows, const Tile& tile) {
            multiply_avx512_tile<D>(rows, tile, std::make_integer_sequence<int, kAvx512TileRows>());
          },
          nullptr,
          nullptr};
}

}  // namespace gridstride::cpu
