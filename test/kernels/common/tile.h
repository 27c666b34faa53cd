// Kernels that take a 16-bit tile through shared memory and the tensor cores, for one warp.
#pragma once

#include <cstdint>
#include <vector>

namespace gridstride::test {

// Rows of a tile of kernels/common/tile.cuh in these tests, which have 32, 64 or 128 columns.
constexpr int kTileRows = 32;

// How a tile is filled and read: it holds A (m, k) and B (n, k), or their transposes.
struct TileProduct {
  int columns;
  bool a_transposed, b_transposed;
  bool async;       // copied by cp.async
  bool twice;       // (A B) B
  int rows, width;  // of the matrix that exist; the rest counts as zeros
};

// A B (16, 16) for the 16 x 16 blocks of the tile at (first, 16), filled from `matrix`: bf16, `columns` to a row.
std::vector<float> multiply_tiles(const TileProduct& product, int first, const std::vector<uint16_t>& matrix);

// Where (row, column) lies, for all of a tile.
std::vector<int> places_in_tile(int columns);

}  // namespace gridstride::test
