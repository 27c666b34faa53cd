// Writes the bits of global keys that attention's blocks read (see global_keys.cuh).
#pragma once

#include "kernels/attention/global_keys.cuh"

namespace gridstride {

constexpr int kGlobalThreads = 256;  // as many keys of one sequence a block

// One warp makes one word; `blocks` blocks a sequence.
__global__ void __launch_bounds__(kGlobalThreads, 4)
    attention_mark_globals(AttentionProblem p, int64_t blocks, uint32_t* words) {
  const int64_t b = blockIdx.x / blocks, j = blockIdx.x % blocks * kGlobalThreads + threadIdx.x;
  const int64_t begin = p.kv_cu_seqlens[b], skv = p.kv_cu_seqlens[b + 1] - begin;
  const uint32_t word = __ballot_sync(kAllLanes, j < skv && p.global_keys[begin + j] != 0);
  if (lane_of_thread() == 0 && j < skv) attention_globals(words, b, begin)[j / kWarpSize] = word;
}

}  // namespace gridstride
