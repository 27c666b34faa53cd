// Sums in f64 over a block, in an order that the block's size alone sets.
#pragma once

#include "kernels/common/device.cuh"

namespace gridstride {

// Over a one-dimensional block of kWarps whole warps; every thread gets the same bits.
template <int kWarps>
__device__ __forceinline__ double block_sum(double x) {
  SHARED_ARRAY(double, parts, kWarps);
#pragma unroll
  for (int distance = kWarpSize / 2; distance > 0; distance /= 2) x += __shfl_xor_sync(kAllLanes, x, distance);
  __syncthreads();  // the parts of the sum before have been read
  if (lane_of_thread() == 0) parts[warp_of_thread()] = x;
  __syncthreads();
  double all = parts[0];
#pragma unroll
  for (int warp = 1; warp < kWarps; ++warp) all += parts[warp];
  return all;
}

// The sum of an array, read by one block of kWarps whole warps.
template <int kWarps, class T>
__device__ __forceinline__ double block_sum_of(const T* values, int64_t count) {
  double mine = 0;
  for (int64_t i = threadIdx.x; i < count; i += kWarps * kWarpSize) mine += static_cast<double>(values[i]);
  return block_sum<kWarps>(mine);
}

}  // namespace gridstride
