// The register tile: c (R, kPanel) = or += a (R, depth) b (depth, kPanel), R = 1 .. kTileRows.
// b is a packed panel, kPanel floats for each step of depth. The rows of a lie kStride floats apart, a constant, so
// that their addresses are offsets of one register; a stride of a whole number of lines plus one spreads them over L1
// sets.
#pragma once

#include <utility>

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

// Depth of one block: a panel of it fills part of L2, and C is read again once per block.
constexpr int kMaxDepth = 768;
constexpr int kRowStride = kMaxDepth + 16;

struct Tile {
  const float* a;
  const float* b;
  float* c;
  int64_t c_row;  // floats between rows of c
  int64_t depth;
  bool add;              // to what c holds
  const char* prefetch;  // memory wanted soon, prefetch_step bytes of it per step of depth (null: none)
  int64_t prefetch_step;
};
using TileFunction = void (*)(const Tile&);

template <int kStride, int R>
static void multiply_tile(const Tile& tile) {
  Vec sum[R][kTileVecs];
  GS_UNROLL
  for (int i = 0; i < R; ++i) {
    GS_UNROLL
    for (int j = 0; j < kTileVecs; ++j) sum[i][j] = tile.add ? load(tile.c + i * tile.c_row + j * kLanes) : Vec{};
  }
  const float *a = tile.a, *b = tile.b;
  const char* wanted = tile.prefetch ? tile.prefetch : reinterpret_cast<const char*>(b);
  const int64_t step = tile.prefetch ? tile.prefetch_step : 0;
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

template <int kStride, int... kRow>
static inline TileFunction pick_tile(int64_t rows, std::integer_sequence<int, kRow...>) {
  static constexpr TileFunction functions[] = {multiply_tile<kStride, kRow + 1>...};
  return functions[rows - 1];
}
template <int kStride>
static inline TileFunction tile_function(int64_t rows) {
  return pick_tile<kStride>(rows, std::make_integer_sequence<int, kTileRows>());
}

// Rows of block i when `rows` are cut into the fewest tiles of sizes that differ by at most one.
static inline int64_t tile_count(int64_t rows) { return (rows + kTileRows - 1) / kTileRows; }
static inline int64_t tile_begin(int64_t rows, int64_t i) { return rows * i / tile_count(rows); }

}  // namespace gridstride::cpu::GS_ISA
