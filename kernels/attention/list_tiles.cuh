// Writes what attention's blocks read of their work (see work.cuh): the list of tiles, the bits of global keys.
#pragma once

#include "kernels/attention/work.cuh"

namespace gridstride {

constexpr int kAttentionListThreads = 128;

// One thread per sequence finds where its tiles stand: behind those of all sequences with more work per tile (more
// keys for a query tile, more queries for a key tile), and of those with as much that come before it.
__global__ void __launch_bounds__(kAttentionListThreads, 4)
    attention_list_tiles(AttentionProblem p, bool of_keys, int rows, AttentionTile* list, int64_t capacity) {
  SHARED_ARRAY(int32_t, amounts, kAttentionListThreads);
  SHARED_ARRAY(int32_t, counts, kAttentionListThreads);
  SHARED_ARRAY(int64_t, starts, kAttentionListThreads);
  const int thread = static_cast<int>(threadIdx.x);
  const int64_t mine = static_cast<int64_t>(blockIdx.x) * kAttentionListThreads;
  const auto look_at = [&](int64_t b, int32_t& amount, int32_t& count) {
    amount = count = 0;
    if (b >= p.batch) return;
    const AttentionTile tile = attention_tile_at(p, b, 0);
    amount = of_keys ? tile.sq : tile.skv;
    count = ((of_keys ? tile.skv : tile.sq) + rows - 1) / rows;
  };
  int32_t amount, count;
  look_at(mine + thread, amount, count);
  int64_t start = 0, total = 0;
  for (int64_t b = 0; b < p.batch; b += kAttentionListThreads) {
    __syncthreads();
    look_at(b + thread, amounts[thread], counts[thread]);
    __syncthreads();
    for (int other = 0; other < kAttentionListThreads; ++other) {
      const bool before = amounts[other] > amount || (amounts[other] == amount && b + other < mine + thread);
      start += before ? counts[other] : 0;
      total += counts[other];
    }
  }
  __syncthreads();
  counts[thread] = count;
  starts[thread] = start;
  __syncthreads();
  for (int s = 0; s < kAttentionListThreads && mine + s < p.batch; ++s)
    for (int t = thread; t < counts[s] && starts[s] + t < capacity; t += kAttentionListThreads)
      list[starts[s] + t] =
          attention_tile_at(p, mine + s, static_cast<int64_t>(of_keys ? t : counts[s] - 1 - t) * rows);
  if (blockIdx.x == 0)
    for (int64_t t = total + thread; t < capacity; t += kAttentionListThreads) list[t].b = -1;
}

constexpr int kGlobalThreads = 256;  // as many keys of one sequence a block

// One warp makes one word; `blocks` blocks a sequence.
__global__ void __launch_bounds__(kGlobalThreads, 4)
    attention_mark_globals(AttentionProblem p, int64_t blocks, uint32_t* words) {
  const int64_t b = blockIdx.x / blocks, j = blockIdx.x % blocks * kGlobalThreads + threadIdx.x;
  const SegmentRange keys = segment_within(p.kv_cu_seqlens, b, p.kv_tokens, p.max_skv);
  const int64_t begin = keys.begin, skv = keys.length;
  const uint32_t word = __ballot_sync(kAllLanes, j < skv && p.global_keys[begin + j] != 0);
  if (lane_of_thread() == 0 && j < skv) attention_globals(words, b, begin)[j / kWarpSize] = word;
}

}  // namespace gridstride
