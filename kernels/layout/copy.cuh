// y = x of one dtype between any strides (copy.h). Elements move as unsigned integers of their width.
//   runs    neighbours on both sides: vectors of 16 bytes; else element by element in y's order (mapping:
//           kernels/common/strided.cuh).
//   tiles   x's neighbours lie along another dimension than y's: a square of 32 x 32 (64 x 64 for elements of 1 and 2
//           bytes) goes through shared memory, one block of 256 threads each, so that both sides coalesce. Rows of the
//           tile are padded by 4 bytes against bank conflicts. kPack neighbours, 4 bytes, move as one where rows,
//           columns, strides and addresses allow it.
#pragma once

#include "kernels/common/strided.cuh"
#include "kernels/common/values.cuh"
#include "kernels/layout/copy.h"

namespace gridstride {

// Operands of the part: x, y.
template <class T, int kLength>
__global__ void __launch_bounds__(kElementThreads, 4) copy_runs(StridedRuns<2> part, const T* x, T* y) {
  for_each_strided<kLength>(part, [&](const int64_t(&at)[2], int n) {
    T values[kLength];
    load_run(x + at[0], part.strides[0][0], n, values);
    store_run(y + at[1], n, values);
  });
}

// A stack of matrices: x has stride 1 along `rows` and `x_step` along `columns`, y has `y_step` and 1.
struct CopyTiles {
  StridedRuns<2> planes;  // the other dimensions
  int64_t rows, columns;
  int64_t x_step, y_step;
  uint32_t tiles_down, tiles;  // of a plane
};

template <class T>
constexpr int kCopySide = sizeof(T) <= 2 ? 64 : 32;

// kSide * kSide / kPack packs for the block's threads: body(line, first) for those that lie within the matrix.
template <int kSide, int kPack, class Body>
__device__ __forceinline__ void for_each_pack(int64_t lines, int64_t length, Body&& body) {
  constexpr int kPacks = kSide / kPack;
#pragma unroll
  for (int step = 0; step < kSide * kPacks / kElementThreads; ++step) {
    const int pack = step * kElementThreads + static_cast<int>(threadIdx.x);
    const int line = pack / kPacks, first = pack % kPacks * kPack;
    if (line < lines && first < length) body(line, first);
  }
}

template <class T, int kPack>
__global__ void __launch_bounds__(kElementThreads, 4) copy_tiles(CopyTiles shape, const T* x, T* y) {
  constexpr int kSide = kCopySide<T>, kPitch = kSide + (sizeof(T) < 4 ? 4 / static_cast<int>(sizeof(T)) : 1);
  SHARED_ARRAY(T, tile, kSide * kPitch);  // by column, then row
  const uint32_t plane = blockIdx.x / shape.tiles, index = blockIdx.x - plane * shape.tiles;
  const int64_t column = static_cast<int64_t>(index / shape.tiles_down) * kSide;
  const int64_t row = static_cast<int64_t>(index % shape.tiles_down) * kSide;
  int64_t at[2];
  shape.planes.template locate<1>(plane, at);
  const T* from = x + at[0] + row + column * shape.x_step;
  T* to = y + at[1] + column + row * shape.y_step;
  for_each_pack<kSide, kPack>(shape.columns - column, shape.rows - row, [&](int j, int i) {
    T values[kPack];
    load_run(from + j * shape.x_step + i, 1, kPack, values);
    store_run(tile + j * kPitch + i, kPack, values);
  });
  __syncthreads();
  for_each_pack<kSide, kPack>(shape.rows - row, shape.columns - column, [&](int i, int j) {
    T values[kPack];
#pragma unroll
    for (int p = 0; p < kPack; ++p) values[p] = tile[(j + p) * kPitch + i];
    store_run(to + i * shape.y_step + j, kPack, values);
  });
}

}  // namespace gridstride
