#include "test/native/emulation/warp.h"

#include "kernels/common/device.cuh"

namespace gridstride::test {

namespace {

__device__ int operate(WarpOperation operation, unsigned mask, int value, int argument, int width) {
  const int vote = argument >> (value - 100) & 1;
  switch (operation) {
    case WarpOperation::shuffle:
      return __shfl_sync(mask, value, argument, width);
    case WarpOperation::shuffle_xor:
      return __shfl_xor_sync(mask, value, argument, width);
    case WarpOperation::shuffle_up:
      return __shfl_up_sync(mask, value, static_cast<unsigned>(argument), width);
    case WarpOperation::shuffle_down:
      return __shfl_down_sync(mask, value, static_cast<unsigned>(argument), width);
    case WarpOperation::ballot:
      return static_cast<int>(__ballot_sync(mask, vote));
    case WarpOperation::any:
      return __any_sync(mask, vote);
    case WarpOperation::all:
      return __all_sync(mask, vote);
    case WarpOperation::match_any:
      return static_cast<int>(__match_any_sync(mask, value % argument));
    case WarpOperation::add:
      return __reduce_add_sync(mask, value);
    case WarpOperation::least:
      return __reduce_min_sync(mask, value);
    case WarpOperation::greatest:
      return __reduce_max_sync(mask, value);
  }
  return 0;
}

__global__ void __launch_bounds__(32, 1)
    warp_kernel(int* y, WarpOperation operation, unsigned mask, int argument, int width) {
  const int lane = lane_of_thread();
  y[lane] = -1;
  if (mask >> lane & 1) y[lane] = operate(operation, mask, 100 + lane, argument, width);
}

__global__ void __launch_bounds__(32, 1) positions_kernel(int* y) {
  const unsigned block = blockIdx.x + gridDim.x * (blockIdx.y + gridDim.y * blockIdx.z);
  const unsigned thread = threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
  const unsigned i = block * blockDim.x * blockDim.y * blockDim.z + thread;
  y[i] = static_cast<int>(i);
}

__global__ void __launch_bounds__(128, 1) block_kernel(float* sums, float* greatest, const float* x) {
  sums[threadIdx.x] = block_reduce<Sum, 4>(x[threadIdx.x]);
  greatest[threadIdx.x] = block_reduce<Max, 4>(x[threadIdx.x]);
}

}  // namespace

std::vector<int> in_warp(WarpOperation operation, unsigned mask, int argument, int width) {
  std::vector<int> y(32);
  static_cast<void>(launch(nullptr, 1, 32, 0, warp_kernel, y.data(), operation, mask, argument, width));
  return y;
}

std::vector<int> positions() {
  std::vector<int> y(3 * 2 * 2 * 4 * 3 * 2);
  static_cast<void>(launch(nullptr, dim3(3, 2, 2), dim3(4, 3, 2), 0, positions_kernel, y.data()));
  return y;
}

void over_block(const std::vector<float>& x, std::vector<float>& sums, std::vector<float>& greatest) {
  sums.resize(x.size());
  greatest.resize(x.size());
  static_cast<void>(launch(nullptr, 1, 128, 0, block_kernel, sums.data(), greatest.data(), x.data()));
}

}  // namespace gridstride::test
