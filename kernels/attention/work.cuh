// Which tile of a sequence a block of attention works on. Launches are sized by capacity (the lengths live on the
// device); blocks without a tile end at once.
//   counted  tiles of max_sq x batch x heads: nothing to prepare, for sequences of like lengths.
//   listed   attention_list_tiles (list_tiles.cuh) writes the tiles there are, those of the most work first, so that
//   none starts last;
//            at most tokens / rows + batch of them: for sequences of very different lengths.
// In both, heads come fastest; under a causal mask later query tiles and earlier key tiles have more work and go first.
#pragma once

#include "kernels/attention/attention.h"
#include "kernels/common/device.cuh"
#include "kernels/common/segments.cuh"

namespace gridstride {

// A tile of queries (or keys) and its sequence; b < 0: none.
struct alignas(16) AttentionTile {
  int32_t b, first, q_begin, sq, kv_begin, skv, unused[2];
};

// Global keys are a bit each: sequence b has words of its own, 32 keys each, from the one of attention_globals on, so
// that a tile of keys is a few whole words.
inline int64_t attention_global_words(const AttentionProblem& p) { return p.kv_tokens / kWarpSize + p.batch + 1; }

template <class Word>
__device__ __forceinline__ Word* attention_globals(Word* words, int64_t b, int64_t kv_begin) {
  return words ? words + kv_begin / kWarpSize + b : nullptr;
}

// Where a kernel finds its tiles: in `list`, or by counting where that is null.
struct AttentionWork {
  const AttentionTile* list;
  int64_t tiles;  // blocks per head
  bool of_keys;
  const uint32_t* globals;  // see attention_globals; null: none
  FaultSink faults;
};

__device__ __forceinline__ AttentionTile attention_tile_at(const AttentionProblem& p, int64_t b, int64_t first) {
  const SegmentRange q = segment_within(p.q_cu_seqlens, b, p.q_tokens, p.max_sq);
  const SegmentRange kv = segment_within(p.kv_cu_seqlens, b, p.kv_tokens, p.max_skv);
  return {static_cast<int32_t>(b), static_cast<int32_t>(first), q.begin, q.length, kv.begin, kv.length, {}};
}

// Where the rows of padding begin.
__device__ __forceinline__ int64_t q_padding(const AttentionProblem& p) {
  return row_within(p.q_cu_seqlens[p.batch], p.q_tokens);
}
__device__ __forceinline__ int64_t kv_padding(const AttentionProblem& p) {
  return row_within(p.kv_cu_seqlens[p.batch], p.kv_tokens);
}

// By one block of the forward pass, once everything else is done.
__device__ __forceinline__ void report_attention_segments(const AttentionProblem& p, const FaultSink& faults) {
  if (blockIdx.x > 0 || blockIdx.y > 0) return;
  report_segments(p.q_cu_seqlens, p.batch, p.q_tokens, p.max_sq, faults);
  report_segments(p.kv_cu_seqlens, p.batch, p.kv_tokens, p.max_skv, faults);
}

// The tile with number `index` of kRows rows.
template <int kRows>
__device__ __forceinline__ AttentionTile attention_tile(const AttentionProblem& p, const AttentionWork& work,
                                                        int64_t index) {
  if (index >= work.tiles) return {-1, 0, 0, 0, 0, 0, {}};
  if (work.list) return work.list[index];
  const int64_t per_sequence = work.tiles / p.batch, number = index / p.batch;
  const int64_t first = (work.of_keys ? number : per_sequence - 1 - number) * kRows;
  AttentionTile tile = attention_tile_at(p, index % p.batch, first);
  if (first >= (work.of_keys ? tile.skv : tile.sq)) tile.b = -1;
  return tile;
}

// Rows past the last sequence: zeros, by all blocks together.
template <class T>
__device__ __forceinline__ void clear_padding(T* rows, int64_t stride, int64_t columns, int64_t begin, int64_t end) {
  for (int64_t t = begin + blockIdx.x; t < end; t += gridDim.x)
    for (int64_t c = threadIdx.x; c < columns; c += blockDim.x) rows[t * stride + c] = narrow<T>(0.0f);
}
__device__ __forceinline__ void clear_padding_lse(float* lse, const AttentionProblem& p, int64_t begin) {
  if (!lse) return;
  for (int64_t t = begin + blockIdx.x; t < p.q_tokens; t += gridDim.x)
    for (int64_t h = threadIdx.x; h < p.heads; h += blockDim.x) lse[h * p.q_tokens + t] = -__builtin_huge_valf();
}

}  // namespace gridstride
