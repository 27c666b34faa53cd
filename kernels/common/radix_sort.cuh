// A stable sort of 32-bit keys with their positions, least significant digit first, 8 bits a pass (Knuth, "The Art of
// Computer Programming", volume 3, 5.2.5; by warp votes in place of atomics, so that the order is fixed). A tile is
// 2048 neighbours, one block of 256 threads; warp w holds 256 neighbours, 8 rounds of 32. Three kernels a pass:
//   sort_count    a tile's digits
//   sort_scan     one block per digit: where each tile's keys of that digit go, counted from the digit's first; few
//                 tiles do without, their blocks add the counts themselves
//   sort_scatter  keys and positions to their places
#pragma once

#include "kernels/common/device.cuh"

namespace gridstride {

constexpr int kSortThreads = 256;
constexpr int kSortWarps = kSortThreads / kWarpSize;
constexpr int kSortRounds = 8;
constexpr int kSortTile = kSortThreads * kSortRounds;
constexpr int kSortFewTiles = 16;
constexpr int kSortBits = 8;
constexpr int kSortBins = 1 << kSortBits;  // one for each thread

struct SortPass {
  const uint32_t* keys;
  const uint32_t* positions;  // null: keys are where they were at first
  uint32_t* sorted_keys;
  uint32_t* sorted_positions;
  uint32_t* counts;  // (bins, tiles)
  uint32_t* totals;  // (bins)
  uint32_t count;
  uint32_t tiles;
  int32_t shift;
};

// The lanes whose digit is this lane's; none for a lane that has no key.
__device__ __forceinline__ unsigned lanes_with(uint32_t digit, bool valid) {
  unsigned lanes = __ballot_sync(kAllLanes, valid);
#pragma unroll
  for (int bit = 0; bit < kSortBits; ++bit) {
    const bool one = digit >> bit & 1;
    const unsigned ones = __ballot_sync(kAllLanes, one);
    lanes &= one ? ones : ~ones;
  }
  return valid ? lanes : 0;
}

// This thread's keys, and its part of the warps' histograms (warps, bins).
struct SortTile {
  uint32_t key[kSortRounds];
  unsigned peers[kSortRounds];
  uint32_t first;  // this lane's first key; the next are 32 apart
  unsigned below;  // lanes before this one

  __device__ __forceinline__ uint32_t digit(const SortPass& pass, int round) const {
    return key[round] >> pass.shift & (kSortBins - 1);
  }
  __device__ __forceinline__ void add(uint32_t* mine, uint32_t digit, int round) const {
    if (peers[round] != 0 && (peers[round] & below) == 0) mine[digit] += static_cast<uint32_t>(__popc(peers[round]));
    __syncwarp();
  }
  __device__ __forceinline__ void count(const SortPass& pass, uint32_t* histograms) {
    for (int i = static_cast<int>(threadIdx.x); i < kSortWarps * kSortBins; i += kSortThreads) histograms[i] = 0;
    __syncthreads();
    below = (1u << lane_of_thread()) - 1;
    first =
        blockIdx.x * kSortTile + static_cast<uint32_t>(warp_of_thread() * kSortRounds * kWarpSize + lane_of_thread());
    uint32_t* mine = histograms + warp_of_thread() * kSortBins;
#pragma unroll
    for (int round = 0; round < kSortRounds; ++round) {
      const uint32_t at = first + static_cast<uint32_t>(round * kWarpSize);
      key[round] = at < pass.count ? pass.keys[at] : 0;
      peers[round] = lanes_with(digit(pass, round), at < pass.count);
      add(mine, digit(pass, round), round);
    }
    __syncthreads();
  }
};

// The sum over the threads before this one; `total`, over all.
__device__ __forceinline__ uint32_t sum_before(uint32_t x, uint32_t* total) {
  SHARED_ARRAY(uint32_t, sums, kSortWarps);
  uint32_t all = x;
#pragma unroll
  for (int distance = 1; distance < kWarpSize; distance *= 2) {
    const uint32_t other = __shfl_up_sync(kAllLanes, all, static_cast<unsigned>(distance));
    if (lane_of_thread() >= distance) all += other;
  }
  __syncthreads();  // the sums of the call before have been read
  if (lane_of_thread() == kWarpSize - 1) sums[warp_of_thread()] = all;
  __syncthreads();
  uint32_t before = 0;
  *total = 0;
#pragma unroll
  for (int warp = 0; warp < kSortWarps; ++warp) {
    if (warp < warp_of_thread()) before += sums[warp];
    *total += sums[warp];
  }
  return before + all - x;
}

static __global__ void __launch_bounds__(kSortThreads, 2) sort_count(SortPass pass) {
  SHARED_ARRAY(uint32_t, histograms, kSortWarps * kSortBins);
  SortTile tile;
  tile.count(pass, histograms);
  uint32_t count = 0;
#pragma unroll
  for (int warp = 0; warp < kSortWarps; ++warp) count += histograms[warp * kSortBins + static_cast<int>(threadIdx.x)];
  pass.counts[static_cast<int64_t>(threadIdx.x) * pass.tiles + blockIdx.x] = count;
}

static __global__ void __launch_bounds__(kSortThreads, 2) sort_scan(SortPass pass) {
  uint32_t* counts = pass.counts + static_cast<int64_t>(blockIdx.x) * pass.tiles;
  uint32_t before = 0, total;
  for (uint32_t first = 0; first < pass.tiles; first += kSortThreads) {
    const uint32_t tile = first + threadIdx.x;
    const uint32_t count = tile < pass.tiles ? counts[tile] : 0;
    const uint32_t place = before + sum_before(count, &total);
    if (tile < pass.tiles) counts[tile] = place;
    before += total;
  }
  if (threadIdx.x == 0) pass.totals[blockIdx.x] = before;
}

// Where this tile's keys of the thread's digit go, counted from the digit's first; `total`: keys of that digit.
__device__ __forceinline__ uint32_t sort_place(const SortPass& pass, uint32_t* total) {
  const uint32_t* counts = pass.counts + static_cast<int64_t>(threadIdx.x) * pass.tiles;
  if (pass.tiles > kSortFewTiles) {
    *total = pass.totals[threadIdx.x];
    return counts[blockIdx.x];
  }
  uint32_t place = 0, all = 0;
  for (uint32_t tile = 0; tile < pass.tiles; ++tile) {
    const uint32_t count = counts[tile];
    if (tile < blockIdx.x) place += count;
    all += count;
  }
  *total = all;
  return place;
}

static __global__ void __launch_bounds__(kSortThreads, 2) sort_scatter(SortPass pass) {
  SHARED_ARRAY(uint32_t, histograms, kSortWarps * kSortBins);
  SortTile tile;
  tile.count(pass, histograms);
  uint32_t total;
  uint32_t place = sort_place(pass, &total);
  place += sum_before(total, &total);
#pragma unroll
  for (int warp = 0; warp < kSortWarps; ++warp) {
    uint32_t& entry = histograms[warp * kSortBins + static_cast<int>(threadIdx.x)];
    const uint32_t count = entry;
    entry = place;
    place += count;
  }
  __syncthreads();
  uint32_t* mine = histograms + warp_of_thread() * kSortBins;
#pragma unroll
  for (int round = 0; round < kSortRounds; ++round) {
    const uint32_t at = tile.first + static_cast<uint32_t>(round * kWarpSize), digit = tile.digit(pass, round);
    if (at < pass.count) {
      const uint32_t to = mine[digit] + static_cast<uint32_t>(__popc(tile.peers[round] & tile.below));
      pass.sorted_keys[to] = tile.key[round];
      pass.sorted_positions[to] = pass.positions ? pass.positions[at] : at;
    }
    __syncwarp();
    tile.add(mine, digit, round);
  }
}

}  // namespace gridstride
