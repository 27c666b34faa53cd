#include "kernels/common/tile.cuh"

#include "test/kernels/common/tile.h"

namespace gridstride::test {

namespace {

template <int kColumns>
__global__ void __launch_bounds__(32, 1)
    multiply_kernel(TileProduct product, int first, const BFloat16* matrix, float* c) {
  DYN_SHARED(shared);
  const Tile<BFloat16, kTileRows, kColumns> tile(shared.take<BFloat16>(kTileRows * kColumns));
  if (product.async) {
    tile.template copy_async<32>(matrix, kColumns, product.rows, product.width);
    ptx::cp_async_commit();
    ptx::cp_async_wait<0>();
  } else {
    tile.template copy_elements<32>(matrix, kColumns, 1, product.rows, product.width);
  }
  __syncthreads();
  uint32_t a[4], b[2][2];
  if (product.a_transposed)
    tile.load_a_transposed(first, 16, a);
  else
    tile.load_a(first, 16, a);
  if (product.b_transposed)
    tile.load_b_pair_transposed(first, 16, b[0], b[1]);
  else
    tile.load_b_pair(first, 16, b[0], b[1]);
  float sums[2][4] = {};
  for (int j = 0; j < 2; ++j) mma<BFloat16>(sums[j], a, b[j]);
  if (product.twice) {
    accumulators_to_a<BFloat16>(sums[0], sums[1], a);
    for (int j = 0; j < 2; ++j) {
      for (float& sum : sums[j]) sum = 0;
      mma<BFloat16>(sums[j], a, b[j]);
    }
  }
  const int lane = lane_of_thread();
  for (int j = 0; j < 2; ++j)
    for (int e = 0; e < 4; ++e) c[(lane / 4 + e / 2 * 8) * 16 + j * 8 + lane % 4 * 2 + e % 2] = sums[j][e];
}

template <int kColumns>
__global__ void __launch_bounds__(32, 1) places_kernel(int* places) {
  for (int column = 0; column < kColumns; ++column)
    places[lane_of_thread() * kColumns + column] = Tile<BFloat16, kTileRows, kColumns>::at(lane_of_thread(), column);
}

}  // namespace

std::vector<float> multiply_tiles(const TileProduct& product, int first, const std::vector<uint16_t>& matrix) {
  std::vector<float> c(256);
  const auto kernel = product.columns == 32   ? multiply_kernel<32>
                      : product.columns == 64 ? multiply_kernel<64>
                                              : multiply_kernel<128>;
  const size_t bytes = SharedSize().add<BFloat16>(kTileRows * product.columns).bytes();
  static_cast<void>(launch(nullptr, 1, 32, bytes, kernel, product, first,
                           reinterpret_cast<const BFloat16*>(matrix.data()), c.data()));
  return c;
}

std::vector<int> places_in_tile(int columns) {
  std::vector<int> places(static_cast<size_t>(kTileRows * columns));
  const auto kernel = columns == 32 ? places_kernel<32> : columns == 64 ? places_kernel<64> : places_kernel<128>;
  static_cast<void>(launch(nullptr, 1, 32, 0, kernel, places.data()));
  return places;
}

}  // namespace gridstride::test
