// One-dimensional launches over elements: 256 threads a block, each takes runs and strides over the grid.
#pragma once

#include "kernels/common/platform.cuh"

namespace gridstride {

constexpr int kElementThreads = 256;

// body(i) for the first elements of this thread's runs of kLength, from `first` up to `count`.
template <int kLength, class Body>
__device__ __forceinline__ void for_each_run(int64_t first, int64_t count, Body&& body) {
  const int64_t step = static_cast<int64_t>(gridDim.x) * kElementThreads * kLength;
  const int64_t thread = static_cast<int64_t>(blockIdx.x) * kElementThreads + threadIdx.x;
  for (int64_t i = first + thread * kLength; i < count; i += step) body(i);
}

}  // namespace gridstride
