// The f32 tile in registers.
#pragma once

#include <utility>

#include "native/cpu/gemm/micro_kernel.h"
#include "native/cpu/gemm/transpose.h"
#include "native/cpu/simd/vec.h"

namespace gridstride::cpu::GS_ISA {

#if defined(GS_ISA_avx512)
constexpr int kTileRows = 14;  // 28 accumulators, 2 of b, 1 of a: 31 of 32 registers
#elif defined(GS_ISA_avx2)
constexpr int kTileRows = 6;  // 12 + 2 + 1 of 16
#elif defined(__aarch64__)
constexpr int kTileRows = 12;  // 24 + 2 + 1 of 32
#else
constexpr int kTileRows = 5;  // 10 + 2 + 1, and products that wait for their addition
#endif
constexpr int kTileVecs = 2;
constexpr int kPanel = kTileVecs * kLanes;

// Rows of a lie kStride floats apart.
template <int kStride, int R>
static void multiply_rows(const Tile& tile) {
  Vec sum[R][kTileVecs];
  GS_UNROLL
  for (int i = 0; i < R; ++i) {
    GS_UNROLL
    for (int j = 0; j < kTileVecs; ++j) sum[i][j] = tile.add ? load(tile.c + i * tile.c_row + j * kLanes) : Vec{};
  }
  const float *a = static_cast<const float*>(tile.a), *b = static_cast<const float*>(tile.b);
  const char* wanted = tile.prefetch ? tile.prefetch : reinterpret_cast<const char*>(b);
  const int64_t step = tile.prefetch ? tile.prefetch_per_step : 0;
  for (int64_t k = tile.depth; k > 0; --k) {
    Vec right[kTileVecs];
    GS_UNROLL
    for (int j = 0; j < kTileVecs; ++j) right[j] = load(b + j * kLanes);
    GS_UNROLL
    for (int j = 0; j < kPanel; j += 16) __builtin_prefetch(b + 12 * kPanel + j, 0, 3);
    __builtin_prefetch(wanted, 0, 2);
    wanted += step;
    GS_UNROLL
    for (int i = 0; i < R; ++i) {
      const Vec left = splat(a[i * kStride]);
      GS_UNROLL
      for (int j = 0; j < kTileVecs; ++j) sum[i][j] += left * right[j];
    }
    ++a;
    b += kPanel;
  }
  GS_UNROLL
  for (int i = 0; i < R; ++i) {
    GS_UNROLL
    for (int j = 0; j < kTileVecs; ++j) store(tile.c + i * tile.c_row + j * kLanes, sum[i][j]);
  }
}

template <int... kRow>
static inline void multiply_tile(int64_t rows, const Tile& tile, std::integer_sequence<int, kRow...>) {
  using Function = void (*)(const Tile&);
  static constexpr Function functions[] = {multiply_rows<kRowBytes / 4, kRow + 1>...};
  static constexpr Function of_scores[] = {multiply_rows<kScoreRowBytes / 4, kRow + 1>...};
  (tile.a_row == kRowBytes ? functions : of_scores)[rows - 1](tile);
}

}  // namespace gridstride::cpu::GS_ISA
