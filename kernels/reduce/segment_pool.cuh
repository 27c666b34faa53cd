// One row per sequence of a packed batch, and back (formulas and shapes: segment_pool.h). f32 inside. Bounds of
// segments are read from device memory (kernels/common/segments.cuh); the forward pass reports wrong ones.
//   forward   a block per segment and chunk of channels: 32 lanes side by side, a vector of 16 bytes (or one element)
//             each, 8 slices of the segment's rows, joined in order.
//   backward  a warp per row, which finds its segment by bisection; lanes take the row's vectors (or elements).
#pragma once

#include "kernels/common/segments.cuh"
#include "kernels/common/values.cuh"
#include "kernels/reduce/segment_pool.h"

namespace gridstride {

constexpr int kPoolSlices = 8;
constexpr int kPoolThreads = kPoolSlices * kWarpSize;

struct Segment {
  int64_t begin, end;
};
__device__ __forceinline__ Segment segment_at(const int32_t* cu_seqlens, int64_t b, int64_t rows) {
  const SegmentRange range = segment_within(cu_seqlens, b, rows, rows);
  return {range.begin, range.begin + range.length};
}

__device__ __forceinline__ void report_pooled_segments(const SegmentPoolForwardArgs& args, const FaultSink& faults) {
  report_segments(args.cu_seqlens, args.segments, args.rows, -1, faults);
}

// The later of two maxima wins where it is greater, or NaN after a number.
__device__ __forceinline__ bool replaces(float value, float best) {
  return value > best || (value != value && best == best);
}

// value[j] of rows begin + slice, begin + slice + 8 ...: their sum, or their maximum and its row.
template <class T, int kLength>
__device__ __forceinline__ void pool_slice(const SegmentPoolForwardArgs& args, const Segment& segment, int64_t column,
                                           float (&value)[kLength], int32_t (&row)[kLength]) {
  const bool mean = args.kind == PoolKind::mean;
  for (int64_t t = segment.begin + warp_of_thread(); t < segment.end; t += kPoolSlices) {
    T x[kLength];
    load_run(static_cast<const T*>(args.x) + t * args.channels + column, 1, kLength, x);
#pragma unroll
    for (int j = 0; j < kLength; ++j) {
      const float other = widen(x[j]);
      if (mean) {
        value[j] += other;
      } else if (row[j] < 0 || replaces(other, value[j])) {
        value[j] = other;
        row[j] = static_cast<int32_t>(t);
      }
    }
  }
}

template <class T, int kLength>
__global__ void __launch_bounds__(kPoolThreads, 2)
    segment_pool_forward_slices(SegmentPoolForwardArgs args, uint32_t chunks, FaultSink faults) {
  if (blockIdx.x == 0) report_pooled_segments(args, faults);
  SHARED_ARRAY(float, values, kPoolThreads* kLength);
  SHARED_ARRAY(int32_t, rows, kPoolThreads * kLength);
  const int64_t b = blockIdx.x / chunks;
  const int64_t column = (static_cast<int64_t>(blockIdx.x % chunks) * kWarpSize + lane_of_thread()) * kLength;
  const Segment segment = segment_at(args.cu_seqlens, b, args.rows);
  const bool mean = args.kind == PoolKind::mean, valid = column < args.channels;
  float value[kLength];
  int32_t row[kLength];
#pragma unroll
  for (int j = 0; j < kLength; ++j) {
    value[j] = 0;
    row[j] = -1;
  }
  if (valid) pool_slice<T>(args, segment, column, value, row);
#pragma unroll
  for (int j = 0; j < kLength; ++j) {
    values[j * kPoolThreads + static_cast<int>(threadIdx.x)] = value[j];
    rows[j * kPoolThreads + static_cast<int>(threadIdx.x)] = row[j];
  }
  __syncthreads();
  if (warp_of_thread() != 0 || !valid) return;
  T pooled[kLength];
#pragma unroll
  for (int j = 0; j < kLength; ++j) {
    for (int slice = 1; slice < kPoolSlices; ++slice) {
      const int at = j * kPoolThreads + slice * kWarpSize + lane_of_thread();
      const float other = values[at];
      if (mean) {
        value[j] += other;
        continue;
      }
      const bool both_are_nan = other != other && value[j] != value[j];
      const bool ties = other == value[j] || both_are_nan;
      if (rows[at] < 0) continue;
      if (row[j] < 0 || replaces(other, value[j]) || (ties && rows[at] < row[j])) {
        value[j] = other;
        row[j] = rows[at];
      }
    }
    if (mean) value[j] = segment.end > segment.begin ? value[j] / static_cast<float>(segment.end - segment.begin) : 0;
    pooled[j] = narrow<T>(value[j]);
  }
  const int64_t at = b * args.channels + column;
  store_run(static_cast<T*>(args.y) + at, kLength, pooled);
  if (!mean) store_run(args.arg_max + at, kLength, row);
}

// The first or last row of every segment: a copy.
template <class T, int kLength>
__global__ void __launch_bounds__(kPoolThreads, 4)
    segment_pool_forward_copy(SegmentPoolForwardArgs args, uint32_t chunks, FaultSink faults) {
  if (blockIdx.x == 0) report_pooled_segments(args, faults);
  const int64_t b = blockIdx.x / chunks;
  const int64_t column = (static_cast<int64_t>(blockIdx.x % chunks) * kPoolThreads + threadIdx.x) * kLength;
  if (column >= args.channels) return;
  const Segment segment = segment_at(args.cu_seqlens, b, args.rows);
  T x[kLength];
#pragma unroll
  for (int j = 0; j < kLength; ++j) x[j] = T{};
  const int64_t row = args.kind == PoolKind::first ? segment.begin : segment.end - 1;
  if (segment.end > segment.begin)
    load_run(static_cast<const T*>(args.x) + row * args.channels + column, 1, kLength, x);
  store_run(static_cast<T*>(args.y) + b * args.channels + column, kLength, x);
}

// The segment that row t belongs to; `segments` if it belongs to none.
__device__ __forceinline__ int64_t segment_of(const int32_t* cu_seqlens, int64_t segments, int64_t t) {
  int64_t low = 0, high = segments + 1;  // the first bound above t
  while (low < high) {
    const int64_t middle = (low + high) / 2;
    if (cu_seqlens[middle] <= t)
      low = middle + 1;
    else
      high = middle;
  }
  return low == 0 ? segments : low - 1;
}

template <class T, int kLength>
__global__ void __launch_bounds__(kPoolThreads, 4) segment_pool_backward_warp_per_row(SegmentPoolBackwardArgs args) {
  const int64_t t = static_cast<int64_t>(blockIdx.x) * kPoolSlices + warp_of_thread();
  if (t >= args.rows) return;
  const int64_t b = segment_of(args.cu_seqlens, args.segments, t);
  const Segment segment = b < args.segments ? segment_at(args.cu_seqlens, b, args.rows) : Segment{0, 0};
  const bool max = args.kind == PoolKind::max, mean = args.kind == PoolKind::mean;
  const bool takes =
      b < args.segments && (max || mean || t == (args.kind == PoolKind::first ? segment.begin : segment.end - 1));
  const float share = mean ? 1.0f / static_cast<float>(segment.end - segment.begin) : 1.0f;
  for (int64_t column = lane_of_thread() * kLength; column < args.channels; column += kWarpSize * kLength) {
    T x[kLength];
#pragma unroll
    for (int j = 0; j < kLength; ++j) x[j] = T{};
    if (takes) {
      const int64_t at = b * args.channels + column;
      load_run(static_cast<const T*>(args.dy) + at, 1, kLength, x);
#pragma unroll
      for (int j = 0; j < kLength; ++j) {
        if (mean) x[j] = narrow<T>(widen(x[j]) * share);
        if (max && args.arg_max[at + j] != t) x[j] = T{};
      }
    }
    store_run(static_cast<T*>(args.dx) + t * args.channels + column, kLength, x);
  }
}

}  // namespace gridstride
