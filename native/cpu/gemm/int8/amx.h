// The AMX-INT8 tile: up to 32 rows by 32 columns. D stands for the instructions: the processor's own, or the twin.
// A block of packed weights is tiles as they are loaded. Six tile registers, for the reason in gemm/bf16/amx.h.
#pragma once

#include "kernels/gemm/linear_int8.h"
#include "native/cpu/gemm/int8/kernels.h"

namespace gridstride::cpu {

constexpr int64_t kInt8TileRows = 16, kInt8TileLine = 64;
constexpr int64_t kInt8SumRow = kInt8Panel * 4;  // bytes

template <class D, int kRowTiles>
static void multiply_amx_int8_rows(const Int8Tile& tile) {
  D unit;
  unit.template zero<0>();
  unit.template zero<1>();
  unit.template zero<2>();
  unit.template zero<3>();
  const int8_t* a = tile.a;
  const uint8_t *first = tile.blocks[0], *second = tile.blocks[1];
  for (int64_t depth = 0; depth < tile.depth; depth += kInt8Depth) {
    unit.template load<5>(first, kInt8TileLine);
    unit.template load<4>(a, tile.a_row);
    unit.template dot<0, 4, 5>();
    unit.template load<5>(second, kInt8TileLine);
    unit.template dot<1, 4, 5>();
    if constexpr (kRowTiles == 2) {
      unit.template load<4>(a + kInt8TileRows * tile.a_row, tile.a_row);
      unit.template dot<3, 4, 5>();
      unit.template load<5>(first, kInt8TileLine);
      unit.template dot<2, 4, 5>();
    }
    a += kInt8Depth;
    first += kInt8Depth * kInt8Columns;
    second += kInt8Depth * kInt8Columns;
  }
  int32_t* lower = tile.sums + kInt8TileRows * kInt8Panel;
  unit.template store<0>(tile.sums, kInt8SumRow);
  unit.template store<1>(tile.sums + kInt8Columns, kInt8SumRow);
  if constexpr (kRowTiles == 2) unit.template store<2>(lower, kInt8SumRow);
  if constexpr (kRowTiles == 2) unit.template store<3>(lower + kInt8Columns, kInt8SumRow);
}

template <class D>
constexpr Int8Kernel make_amx_int8_kernel() {
  return {2 * kInt8TileRows, true,
          [](int64_t rows, const Int8Tile& tile) {
            if (rows > kInt8TileRows)
              multiply_amx_int8_rows<D, 2>(tile);
            else
              multiply_amx_int8_rows<D, 1>(tile);
          },
          D::enter, D::leave};
}

}  // namespace gridstride::cpu
