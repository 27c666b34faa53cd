// Sums and searches of 64-bit integers by one block of 2 to 32 whole warps: the same whatever the order.
#pragma once

#include "kernels/common/device.cuh"

namespace gridstride {

constexpr int kMostWarps = 32;

__device__ __forceinline__ uint32_t warps_of_block() { return blockDim.x / kWarpSize; }

struct AddIntegers {
  __device__ __forceinline__ uint64_t operator()(uint64_t a, uint64_t b) const { return a + b; }
};
struct LargerInteger {
  __device__ __forceinline__ uint64_t operator()(uint64_t a, uint64_t b) const { return a < b ? b : a; }
};

template <class Join>
__device__ __forceinline__ uint64_t warp_join(uint64_t x) {
#pragma unroll
  for (int distance = kWarpSize / 2; distance > 0; distance /= 2)
    x = Join()(x, __shfl_xor_sync(kAllLanes, x, distance));
  return x;
}

// Every warp's value to all threads.
__device__ __forceinline__ void share_by_warp(uint64_t x, uint64_t* parts) {
  __syncthreads();  // the parts before have been read
  if (lane_of_thread() == 0) parts[warp_of_thread()] = x;
  __syncthreads();
}

template <class Join>
__device__ __forceinline__ uint64_t block_join(uint64_t x, uint64_t* parts) {
  share_by_warp(warp_join<Join>(x), parts);
  x = parts[0];
  for (uint32_t warp = 1; warp < warps_of_block(); ++warp) x = Join()(x, parts[warp]);
  return x;
}

struct Found {
  uint32_t index;
  uint64_t rest;  // what was looked for, less the masses before
};

// The element at which the running sum of mass(i) over [0, count) passes pick(sum of all), which lies below that sum.
// Ranges of whole warps are narrowed until one vote decides; all threads get the result.
template <class Mass, class Pick>
__device__ __forceinline__ Found block_search(uint32_t count, uint64_t* parts, const Mass& mass, const Pick& pick) {
  const uint32_t lane = static_cast<uint32_t>(lane_of_thread()), warp = static_cast<uint32_t>(warp_of_thread());
  const uint32_t warps = warps_of_block();
  uint32_t begin = 0, end = count;
  uint64_t rest = 0;
  bool is_first = true;
  while (is_first || end - begin > kWarpSize) {
    const uint32_t span = ((end - begin + warps - 1) / warps + kWarpSize - 1) / kWarpSize * kWarpSize;
    const uint32_t from = begin + warp * span, to = from + span < end ? from + span : end;
    uint64_t sum = 0;
#pragma unroll 4
    for (uint32_t i = from + lane; i < to; i += kWarpSize) sum += mass(i);
    share_by_warp(warp_join<AddIntegers>(sum), parts);
    if (is_first) {
      uint64_t all = 0;
      for (uint32_t w = 0; w < warps; ++w) all += parts[w];
      rest = pick(all);
      is_first = false;
    }
    uint32_t chosen = 0;
    for (; chosen + 1 < warps && rest >= parts[chosen]; ++chosen) rest -= parts[chosen];
    begin += chosen * span;
    end = begin + span < end ? begin + span : end;
  }
  const uint64_t mine = begin + lane < end ? mass(begin + lane) : 0;
  uint64_t sum = mine;
#pragma unroll
  for (int distance = 1; distance < kWarpSize; distance *= 2) {
    const uint64_t other = __shfl_up_sync(kAllLanes, sum, static_cast<unsigned>(distance));
    if (lane >= static_cast<uint32_t>(distance)) sum += other;
  }
  const unsigned passed = __ballot_sync(kAllLanes, sum > rest);
  const int first = __popc((passed & (0u - passed)) - 1) & (kWarpSize - 1);
  return {begin + static_cast<uint32_t>(first), rest - __shfl_sync(kAllLanes, sum - mine, first)};
}

}  // namespace gridstride
