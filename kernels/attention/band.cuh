// The mask of attention_mask.h for one sequence, in 32 bits: query i sees key j where low <= j - i < high, or where j
// is global and j - i < far, within the sequence.
#pragma once

#include "kernels/attention/attention_mask.h"
#include "kernels/attention/work.cuh"

namespace gridstride {

struct AttentionSpan {
  int begin, end;  // empty where begin >= end
};

struct AttentionBand {
  int low, high, far, sq, skv;
  const uint32_t* globals;  // null: none

  __device__ __forceinline__ AttentionSpan keys_of(int i) const {
    return {low + i > 0 ? low + i : 0, high + i < skv ? high + i : skv};
  }
  __device__ __forceinline__ AttentionSpan queries_of(int j) const {
    return {j - high + 1 > 0 ? j - high + 1 : 0, j - low + 1 < sq ? j - low + 1 : sq};
  }
  // Queries that see a global key j, and the end of the global keys that query i sees.
  __device__ __forceinline__ AttentionSpan queries_of_global(int j) const {
    return {j - far + 1 > 0 ? j - far + 1 : 0, sq};
  }
  __device__ __forceinline__ int globals_end(int i) const { return far + i < skv ? far + i : skv; }

  // Keys [j, j + 32) for a multiple j of 32.
  __device__ __forceinline__ uint32_t globals_at(int j) const { return globals && j < skv ? globals[j / 32] : 0; }
  __device__ __forceinline__ bool is_global(int j) const {
    return globals && j < skv && globals[j / 32] >> (j % 32) & 1;
  }
  __device__ __forceinline__ bool holds_global(int j, int count) const {
    if (!globals) return false;
    for (int at = j / 32 * 32; at < j + count && at < skv; at += 32) {
      uint32_t word = globals[at / 32];
      if (at < j) word &= ~0u << (j - at);
      if (at + 32 > j + count) word &= ~0u >> (at + 32 - j - count);
      if (word) return true;
    }
    return false;
  }
  __device__ __forceinline__ bool sees(int i, int j) const {
    const AttentionSpan keys = keys_of(i);
    return (j >= keys.begin && j < keys.end) || (is_global(j) && j < globals_end(i));
  }
};

__device__ __forceinline__ AttentionBand attention_band(const AttentionProblem& p, const AttentionTile& tile,
                                                        const uint32_t* globals) {
  constexpr int kFar = 1 << 30;
  const bool is_bounded = p.window >= 0 && p.window < kFar;
  const int sq = tile.sq, skv = tile.skv;
  const int window = is_bounded ? static_cast<int>(p.window) : kFar, ahead = p.is_causal ? 0 : window;
  return {is_bounded ? skv - sq - window : -kFar,
          p.is_causal || is_bounded ? skv - sq + ahead + 1 : kFar,
          p.is_causal ? skv - sq + 1 : kFar,
          sq,
          skv,
          attention_globals(globals, tile.b, tile.kv_begin)};
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
  if (!band.holds_global(first, rows)) return {low.begin, high.end, high.begin, low.end};
  const AttentionSpan by_globals = band.queries_of_global(first);
  return {by_globals.begin, by_globals.end, high.begin, low.end};
}

// What a block works on. It lies in shared memory and is read where it is needed, so that no register holds it through
// the main loop.
struct AttentionPlace {
  AttentionTile tile;
  AttentionBand band;
  AttentionReach reach;
  AttentionSpan visits;  // what has to be looked at: the reach, and what global keys add
  int64_t head;
};

// For tiles of kRows rows. All threads of a block call; tile.b < 0: there is nothing to do.
template <int kRows>
__device__ __forceinline__ void find_place(AttentionPlace* place, const AttentionProblem& p, const AttentionWork& work,
                                           int64_t heads) {
  if (threadIdx.x == 0) {
    place->tile = attention_tile<kRows>(p, work, blockIdx.x / heads);
    place->band = attention_band(p, place->tile, work.globals);
    place->reach = work.of_keys ? queries_reached(place->band, place->tile.first, kRows)
                                : keys_reached(place->band, place->tile.first, kRows);
    place->visits = {place->reach.begin, place->reach.end};
    if (place->band.globals && !work.of_keys)
      place->visits = {0, place->band.globals_end(place->tile.first + kRows - 1)};
    place->head = blockIdx.x % heads;
  }
  __syncthreads();
}

// The first tile of kCount keys, from the one at j on, that a query of the place sees a key of; past its visits where
// there is none. All lanes of a warp call.
template <int kCount, class Scores>
__device__ __forceinline__ int next_keys(const AttentionPlace& place, int j) {
  if constexpr (!Scores::kPlain)
    for (; place.band.globals && j < place.visits.end; j += kWarpSize * kCount) {
      const int at = j + lane_of_thread() * kCount;
      const bool may_hold = place.reach.any(at, kCount) || place.band.holds_global(at, kCount);
      const unsigned lanes = __ballot_sync(kAllLanes, at < place.visits.end && may_hold);
      if (lanes) return j + (__ffs(static_cast<int>(lanes)) - 1) * kCount;
    }
  return j;
}

// Whether queries whose reach is `seen` may see some of the keys [j, j + kCount).
template <int kCount, class Scores>
__device__ __forceinline__ bool is_visited(const AttentionReach& seen, const AttentionPlace& place, int j) {
  return seen.any(j, kCount) || (!Scores::kPlain && place.band.holds_global(j, kCount));
}

}  // namespace gridstride
