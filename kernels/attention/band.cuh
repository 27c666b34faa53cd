// The mask of attention_mask.h for one sequence, in 32 bits: query i sees key j where low <= j - i < high, within the
// sequence.
#pragma once

#include "kernels/attention/attention_mask.h"
#include "kernels/attention/work.cuh"

namespace gridstride {

struct AttentionSpan {
  int begin, end;  // empty where begin >= end
};

struct AttentionBand {
  int low, high, sq, skv;

  __device__ __forceinline__ AttentionSpan keys_of(int i) const {
    return {low + i > 0 ? low + i : 0, high + i < skv ? high + i : skv};
  }
  __device__ __forceinline__ AttentionSpan queries_of(int j) const {
    return {j - high + 1 > 0 ? j - high + 1 : 0, j - low + 1 < sq ? j - low + 1 : sq};
  }
};

__device__ __forceinline__ AttentionBand attention_band(const AttentionProblem& p, int sq, int skv) {
  constexpr int kFar = 1 << 30;
  const bool is_bounded = p.window >= 0 && p.window < kFar;
  const int window = is_bounded ? static_cast<int>(p.window) : kFar, ahead = p.is_causal ? 0 : window;
  return {is_bounded ? skv - sq - window : -kFar, p.is_causal || is_bounded ? skv - sq + ahead + 1 : kFar, sq, skv};
}

// What the `rows` queries from `first` on see (or the keys are seen by): some of them [begin, end), all of them
// [all_begin, all_end).
struct AttentionReach {
  int begin, end, all_begin, all_end;

  __device__ __forceinline__ bool any(int at, int count) const { return at < end && at + count > begin; }
  __device__ __forceinline__ bool all(int at, int count) const { return at >= all_begin && at + count <= all_end; }
};

__device__ __forceinline__ AttentionReach keys_reached(const AttentionBand& band, int first, int rows) {
  if (first >= band.sq) return {0, 0, 0, 0};
  const int last = first + rows < band.sq ? first + rows - 1 : band.sq - 1;
  const AttentionSpan low = band.keys_of(first), high = band.keys_of(last);
  return {low.begin, high.end, high.begin, low.end};
}
__device__ __forceinline__ AttentionReach queries_reached(const AttentionBand& band, int first, int rows) {
  if (first >= band.skv) return {0, 0, 0, 0};
  const int last = first + rows < band.skv ? first + rows - 1 : band.skv - 1;
  const AttentionSpan low = band.queries_of(first), high = band.queries_of(last);
  return {low.begin, high.end, high.begin, low.end};
}

// What a block works on. It lies in shared memory and is read where it is needed, so that no register holds it through
// the main loop.
struct AttentionPlace {
  AttentionTile tile;
  AttentionBand band;
  AttentionReach reach;
  int64_t head;
};

// For tiles of kRows rows. All threads of a block call; tile.b < 0: there is nothing to do.
template <int kRows>
__device__ __forceinline__ void find_place(AttentionPlace* place, const AttentionProblem& p, const AttentionWork& work,
                                           int64_t heads) {
  if (threadIdx.x == 0) {
    place->tile = attention_tile<kRows>(p, work, blockIdx.x / heads);
    place->band = attention_band(p, place->tile.sq, place->tile.skv);
    place->reach = work.of_keys ? queries_reached(place->band, place->tile.first, kRows)
                                : keys_reached(place->band, place->tile.first, kRows);
    place->head = blockIdx.x % heads;
  }
  __syncthreads();
}

}  // namespace gridstride
