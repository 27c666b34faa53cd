// The AMX tile: up to 32 rows by 32 columns. D stands for the instructions: the processor's own, or the twin.
//
// Six tile registers: sums in 0 to 3, A in 4, B in 5. Eight would spare a load of five, but a core's AMX is at times in
// a state in which each register of the loop costs (measured: 17 to 19 cycles a product with either in the fast state,
// 46 with six and 72 to 81 with eight in the slow one).
#pragma once

#include <cstring>

#include "native/cpu/gemm/micro_kernel.h"

namespace gridstride::cpu {

constexpr int64_t kAmxRows = 16, kAmxColumns = 16, kAmxLine = 64;
constexpr int64_t kAmxPairRow = 2 * kAmxLine;  // bytes between pairs of a panel of 32 columns

// Both halves of the panel against kRowTiles times 16 rows; c_row in bytes.
template <class D, int kRowTiles>
static void multiply_amx_rows(D& unit, const Tile& tile, float* c, int64_t c_row) {
  float* lower = c + kAmxRows * c_row / 4;
  if (tile.add) {
    unit.template load<0>(c, c_row);
    unit.template load<1>(c + kAmxColumns, c_row);
    if constexpr (kRowTiles == 2) unit.template load<2>(lower, c_row);
    if constexpr (kRowTiles == 2) unit.template load<3>(lower + kAmxColumns, c_row);
  } else {
    unit.template zero<0>();
    unit.template zero<1>();
    unit.template zero<2>();
    unit.template zero<3>();
  }
  const char *a = static_cast<const char*>(tile.a), *b = static_cast<const char*>(tile.b), *wanted = tile.prefetch;
  for (int64_t depth = 0; depth < tile.depth; depth += kDepthUnit) {
    unit.template load<5>(b, kAmxPairRow);
    unit.template load<4>(a, tile.a_row);
    unit.template dot<0, 4, 5>();
    unit.template load<5>(b + kAmxLine, kAmxPairRow);
    unit.template dot<1, 4, 5>();
    if constexpr (kRowTiles == 2) {
      unit.template load<4>(a + kAmxRows * tile.a_row, tile.a_row);
      unit.template dot<3, 4, 5>();
      unit.template load<5>(b, kAmxPairRow);
      unit.template dot<2, 4, 5>();
    }
    for (int64_t line = 0; wanted && line < tile.prefetch_per_step; line += kAmxLine)
      __builtin_prefetch(wanted + line, 0, 2);
    if (wanted) wanted += tile.prefetch_per_step;
    a += kAmxLine;
    b += kDepthUnit / 2 * kAmxPairRow;
  }
  unit.template store<0>(c, c_row);
  unit.template store<1>(c + kAmxColumns, c_row);
  if constexpr (kRowTiles == 2) unit.template store<2>(lower, c_row);
  if constexpr (kRowTiles == 2) unit.template store<3>(lower + kAmxColumns, c_row);
}

// Tiles hold 16 rows whether or not C does: what is left over goes by way of a block of its own.
template <class D>
static void multiply_amx_tile(int64_t rows, const Tile& tile) {
  D unit;
  const auto multiply = [&](float* c, int64_t c_row) {
    if (rows > kAmxRows)
      multiply_amx_rows<D, 2>(unit, tile, c, c_row);
    else
      multiply_amx_rows<D, 1>(unit, tile, c, c_row);
  };
  if (rows % kAmxRows == 0) return multiply(tile.c, tile.c_row * 4);
  constexpr int64_t kRow = 2 * kAmxColumns;
  alignas(64) float block[2 * kAmxRows * kRow];
  if (tile.add) {
    memset(block, 0, sizeof block);
    for (int64_t i = 0; i < rows; ++i) memcpy(block + i * kRow, tile.c + i * tile.c_row, kRow * 4);
  }
  multiply(block, kRow * 4);
  for (int64_t i = 0; i < rows; ++i) memcpy(tile.c + i * tile.c_row, block + i * kRow, kRow * 4);
}

template <class D>
constexpr MicroKernel make_amx_bf16_kernel() {
  return {DType::bf16, 2 * kAmxRows, 2 * kAmxColumns, kDepthUnit, true, multiply_amx_tile<D>, D::enter, D::leave};
}

}  // namespace gridstride::cpu
