// Attention over a paged key/value cache (formula and shapes: attention_decode.h) in f32 FFMA, split over keys.
//   split  a block of 4 warps takes one split of a sequence's keys, one key/value head and kRows rows: queries of the
//          heads that read it, so that keys and values are read once for all of them (more rows: further blocks beside
//          it). Its warps take tiles of 32 keys in turn (decode_tile.cuh), each with a maximum, sum and output of its
//          own, merged at the end in the order of the warps. Vectors of 16 bytes, or single elements: any head size and
//          alignment. Any page size: each key is looked up.
//   merge  a warp takes one query and head and adds up its splits in their order; a sequence of one split has none.
// Products, sums and what splits leave are f32. Launches are sized by capacity: blocks past a sequence's keys end at
// once. What a page or length out of range hides counts as unseen.
#pragma once

#include "kernels/attention/attention_decode.h"
#include "kernels/attention/decode_splits.h"
#include "kernels/attention/decode_tile.cuh"

namespace gridstride {

constexpr int kDecodeWarps = 4;
constexpr int kDecodeThreads = kDecodeWarps * kWarpSize;

// What the launcher gives beside the Args.
struct DecodeWork {
  float* outputs;  // (q_tokens, heads, splits, head_size), unnormalised; null where no sequence has two splits
  float* sums;     // (q_tokens, heads, splits, 2): maximum in base 2, and sum
  int64_t splits;  // most of a sequence, at least one
  int64_t chunks;  // of kRows rows, most of a sequence
  FaultSink faults;
};

struct DecodeSequence {
  int64_t q_begin, sq;
  DecodeSplits splits;
};

// A length out of range counts as none; `reports`: this thread says so.
__device__ __forceinline__ DecodeSequence decode_sequence(const AttentionDecodeArgs& args, int64_t b, bool reports,
                                                          const FaultSink& faults) {
  const SegmentRange queries = segment_within(args.q_cu_seqlens, b, args.q_tokens, args.max_sq);
  const int64_t given = args.kv_lengths[b], limit = args.max_pages * args.page_size + 1;
  const bool is_wrong = given < 0 || given >= limit;
  if (is_wrong && reports) report_fault(faults, FaultKind::index, given, b, limit);
  return {queries.begin, queries.length, decode_splits(args, queries.length, is_wrong ? 0 : given)};
}

// What a block works on. It lies in shared memory, so that no register holds it through the main loop.
struct DecodePlace {
  int64_t b, kv_head, first_row, q_begin, sq;
  int64_t split, splits;
  int rows;  // none where <= 0
  int begin, end, length;
};

__device__ __forceinline__ DecodePlace find_decode_place(const AttentionDecodeArgs& args, const DecodeWork& work,
                                                         int most_rows) {
  const int64_t chunk = blockIdx.x % work.chunks, at = blockIdx.x / work.chunks, head = at / work.splits;
  DecodePlace place{};
  place.b = head / args.kv_heads;
  if (place.b >= args.batch) return place;
  place.kv_head = head % args.kv_heads;
  place.split = at % work.splits;
  place.first_row = chunk * most_rows;
  const DecodeSequence sequence = decode_sequence(args, place.b, true, work.faults);
  const DecodeSplits& splits = sequence.splits;
  place.q_begin = sequence.q_begin;
  place.sq = sequence.sq;
  place.splits = splits.count;
  place.length = static_cast<int>(splits.end);
  if (place.split > 0 && place.split >= splits.count) return place;
  const int64_t begin = splits.begin + place.split * splits.keys, end = begin + splits.keys;
  place.begin = static_cast<int>(begin);
  place.end = static_cast<int>(end < splits.end ? end : splits.end);
  const int64_t rows = place.sq * (args.heads / args.kv_heads) - place.first_row;
  place.rows = static_cast<int>(rows < most_rows ? rows : most_rows);
  return place;
}

// Of row r of the block: its query, and its place among the rows of o.
struct DecodeRow {
  int64_t i, h, at;
};
__device__ __forceinline__ DecodeRow decode_row(const AttentionDecodeArgs& args, const DecodePlace& place, int r) {
  const int64_t group = args.heads / args.kv_heads, row = place.first_row + r, i = row / group;
  const int64_t h = place.kv_head * group + row % group;
  return {i, h, (place.q_begin + i) * args.heads + h};
}

// Queries to f32, scaled for base 2, with zeros around; what each row sees, and where its bias's terms begin.
template <class T, int kRows, int kWidth>
__device__ __forceinline__ void decode_stage(const AttentionDecodeArgs& args, const DecodePlace& place, float* q,
                                             AttentionSpan* seen, int64_t* terms) {
  const float scale = static_cast<float>(args.scale * 1.4426950408889634);
  for (int x = static_cast<int>(threadIdx.x); x < kRows * kWidth; x += kDecodeThreads) {
    const int r = x / kWidth, d = x % kWidth;
    q[x] = 0.0f;
    if (r >= place.rows || d >= args.head_size) continue;
    const DecodeRow row = decode_row(args, place, r);
    q[x] = scale *
           widen(static_cast<const T*>(args.q)[(place.q_begin + row.i) * args.q_stride + row.h * args.head_size + d]);
  }
  const int r = static_cast<int>(threadIdx.x);
  if (r < kRows) {
    const DecodeRow row = decode_row(args, place, r);
    const AttentionRange keys = decode_keys(args, row.i, place.sq, place.length);
    const bool is_row = r < place.rows;
    seen[r] = {is_row ? static_cast<int>(keys.begin) : 0, is_row ? static_cast<int>(keys.end) : 0};
    terms[r] = decode_terms(args.bias, place.q_begin + row.i, row.h);
  }
}

// Where key j of the sequence lies in the caches; -1: there is none.
__device__ __forceinline__ int decode_slot(const AttentionDecodeArgs& args, const DecodePlace& place, int j,
                                           const FaultSink& faults) {
  if (j >= place.end) return -1;
  const int page_size = static_cast<int>(args.page_size), at = j / page_size;
  const int64_t entry = place.b * args.max_pages + at;
  const int page = args.page_table[entry];
  if (page >= 0 && page < args.pages) return page * page_size + j % page_size;
  report_fault(faults, FaultKind::index, page, entry, args.pages);
  return -1;
}

// Over the warps of a block, in their order: (kRows, kWidth) outputs to `all`, and each row's maximum and sum.
template <class Shape, int kRows, int kSize>
__device__ __forceinline__ void decode_join(float (&o)[kSize], float (&largest)[kRows], float (&sum)[kRows],
                                            float* all) {
  constexpr int kTeams = Shape::kTeams, kKept = kSize / kTeams;
  SHARED_ARRAY(float, tops, kDecodeWarps* kRows);
  SHARED_ARRAY(float, sums, kDecodeWarps* kRows);
  const int warp = warp_of_thread(), team = lane_of_thread() / Shape::kTeam;
  fold_lanes<kWarpSize / 2, Shape::kTeam, kSize>(o);
#pragma unroll
  for (int r = 0; r < kRows; ++r) {
    sum[r] = warp_reduce<Sum>(sum[r]);
    if (lane_of_thread() == 0) tops[warp * kRows + r] = largest[r], sums[warp * kRows + r] = sum[r];
  }
  __syncthreads();  // what `all` held has been read
  float fade[kRows];
#pragma unroll
  for (int r = 0; r < kRows; ++r) {
    const float mine = largest[r];
    for (int w = 0; w < kDecodeWarps; ++w) largest[r] = w == 0 ? tops[r] : Max()(largest[r], tops[w * kRows + r]);
    const float shift = largest[r] == -kInfinity ? 0.0f : largest[r];
    fade[r] = ptx::exp2_approx(mine - shift);
    sum[r] = 0.0f;
    for (int w = 0; w < kDecodeWarps; ++w)
      sum[r] += sums[w * kRows + r] * ptx::exp2_approx(tops[w * kRows + r] - shift);
  }
  for (int w = 0; w < kDecodeWarps; ++w) {
    if (w == warp) {
#pragma unroll
      for (int x = 0; x < kKept; ++x) {
        const int f = team * kKept + x, r = f / Shape::kElements, e = f % Shape::kElements;
        float& to = all[r * Shape::kWidth + Shape::column(e)];
        float factor = fade[0];
#pragma unroll
        for (int other = 1; other < kRows; ++other) factor = r == other ? fade[other] : factor;
        to = (w == 0 ? 0.0f : to) + factor * o[x];
      }
    }
    __syncthreads();
  }
}

// The rows' outputs, or what the split leaves of them.
template <class T, int kRows, int kWidth>
__device__ __forceinline__ void decode_store(const AttentionDecodeArgs& args, const DecodeWork& work,
                                             const DecodePlace& place, const float* all, const float (&largest)[kRows],
                                             const float (&sum)[kRows]) {
  const int size = static_cast<int>(args.head_size);
#pragma unroll
  for (int r = 0; r < kRows; ++r) {
    if (r >= place.rows) continue;
    const int64_t row = decode_row(args, place, r).at, split = row * work.splits + place.split;
    const float inverse = sum[r] == 0 ? 0.0f : 1.0f / sum[r];
    for (int d = static_cast<int>(threadIdx.x); d < size; d += kDecodeThreads) {
      if (place.splits <= 1)
        static_cast<T*>(args.o)[row * size + d] = narrow<T>(all[r * kWidth + d] * inverse);
      else
        work.outputs[split * size + d] = all[r * kWidth + d];
    }
    if (place.splits > 1 && threadIdx.x == 0) store_vector<float, 2>(work.sums + 2 * split, {{largest[r], sum[r]}});
  }
}

template <class T, class Shape>
__global__ void __launch_bounds__(kDecodeThreads, Shape::kBlocks)
    attention_decode_split(AttentionDecodeArgs args, DecodeWork work) {
  constexpr int kRows = Shape::kRows;
  DYN_SHARED(shared);
  float* const rows = shared.take<float>(kRows * Shape::kWidth);  // queries, then outputs
  float* const weights = shared.take<float>(kDecodeThreads * kRows);
  SHARED_ARRAY(AttentionSpan, seen, kRows);
  SHARED_ARRAY(int64_t, terms, kRows);
  SHARED_ARRAY(DecodePlace, shared_place, 1);
  if (threadIdx.x == 0) *shared_place = find_decode_place(args, work, kRows);
  __syncthreads();
  const DecodePlace& place = *shared_place;
  if (place.rows > 0) {
    decode_stage<T, kRows, Shape::kWidth>(args, place, rows, seen, terms);
    __syncthreads();
    const int64_t stride = args.kv_heads * args.head_size;
    const T* keys = static_cast<const T*>(args.k_cache) + place.kv_head * args.head_size;
    const T* values = static_cast<const T*>(args.v_cache) + place.kv_head * args.head_size;
    const int warp = warp_of_thread();
    const DecodeTile<T, Shape> tile(stride, static_cast<int>(args.head_size), weights + warp * kWarpSize * kRows);
    float o[kRows * Shape::kElements] = {}, largest[kRows], sum[kRows] = {};
#pragma unroll
    for (int r = 0; r < kRows; ++r) largest[r] = -kInfinity;
    for (int first = place.begin + warp * kWarpSize; first < place.end; first += kDecodeThreads) {
      const int j = first + lane_of_thread(), slot = decode_slot(args, place, j, work.faults);
      tile.multiply(rows, keys, slot);
      __syncwarp();
      add_decode_bias<T>(args.bias, seen, terms, place.rows, j, tile.scores_of_lane());
      tile.weigh(seen, j, slot >= 0, largest, sum, o);
      __syncwarp();
      tile.add_values(values, slot, o);
      __syncwarp();
    }
    decode_join<Shape>(o, largest, sum, rows);
    decode_store<T, kRows, Shape::kWidth>(args, work, place, rows, largest, sum);
  }
  const int64_t width = args.heads * args.head_size;
  clear_padding(static_cast<T*>(args.o), width, width, row_within(args.q_cu_seqlens[args.batch], args.q_tokens),
                args.q_tokens);
  if (blockIdx.x > 0) return;
  report_segments(args.q_cu_seqlens, args.batch, args.q_tokens, args.max_sq, work.faults);
  if (args.bias.row.data) report_buckets(args.bias, work.faults);
}

template <class T>
__global__ void __launch_bounds__(kDecodeThreads, 4) attention_decode_merge(AttentionDecodeArgs args, DecodeWork work) {
  constexpr int kColumns = static_cast<int>(kDecodeHeadSize) / kWarpSize;
  const int64_t index = static_cast<int64_t>(blockIdx.x) * kDecodeWarps + warp_of_thread(), query = index / args.heads;
  const int64_t b = query / args.max_sq, i = query % args.max_sq;
  if (b >= args.batch) return;
  const DecodeSequence sequence = decode_sequence(args, b, false, work.faults);
  const int count = static_cast<int>(sequence.splits.count), size = static_cast<int>(args.head_size);
  if (i >= sequence.sq || count <= 1) return;
  const int64_t row = (sequence.q_begin + i) * args.heads + index % args.heads;
  const float* const sums = work.sums + 2 * row * work.splits;
  const float* const outputs = work.outputs + row * work.splits * size;
  float largest = -kInfinity, sum = 0, o[kColumns] = {};
  for (int s = lane_of_thread(); s < count; s += kWarpSize) largest = Max()(largest, sums[2 * s]);
  largest = warp_reduce<Max>(largest);
  const float shift = largest == -kInfinity ? 0.0f : largest;
#pragma unroll 4
  for (int s = 0; s < count; ++s) {
    const float fade = ptx::exp2_approx(sums[2 * s] - shift);
    sum += fade * sums[2 * s + 1];
#pragma unroll
    for (int c = 0; c < kColumns; ++c) {
      const int d = c * kWarpSize + lane_of_thread();
      if (d < size) o[c] += fade * outputs[static_cast<int64_t>(s) * size + d];
    }
  }
  const float inverse = sum == 0 ? 0.0f : 1.0f / sum;
#pragma unroll
  for (int c = 0; c < kColumns; ++c) {
    const int d = c * kWarpSize + lane_of_thread();
    if (d < size) static_cast<T*>(args.o)[row * size + d] = narrow<T>(o[c] * inverse);
  }
}

}  // namespace gridstride
