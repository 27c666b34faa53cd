// Segments of token rows, as offsets that lie on the device. Wrong ones, which the CPU throws for, are held within the
// rows, so that nothing else is read or written, and are reported; what is computed from them is of no use.
#pragma once

#include "kernels/common/faults.cuh"

namespace gridstride {

struct SegmentRange {
  int32_t begin, length;
};

__device__ __forceinline__ int32_t row_within(int32_t row, int64_t rows) {
  return row < 0 ? 0 : row > rows ? static_cast<int32_t>(rows) : row;
}

// Segment b of `cu`, of at most `longest` rows.
__device__ __forceinline__ SegmentRange segment_within(const int32_t* cu, int64_t b, int64_t rows, int64_t longest) {
  const int32_t begin = row_within(cu[b], rows), length = row_within(cu[b + 1], rows) - begin;
  return {begin, length < 0 ? 0 : length > longest ? static_cast<int32_t>(longest) : length};
}

// By one block of a launch, with all its threads: the rules of native/cpu/check_segments.h. `longest` < 0:
// of any length, and rows before the first belong to none.
__device__ __forceinline__ void report_segments(const int32_t* cu, int64_t count, int64_t rows, int64_t longest,
                                                const FaultSink& faults) {
  for (int64_t b = threadIdx.x; b <= count; b += blockDim.x) {
    const int64_t bound = cu[b], before = b == 0 ? 0 : cu[b - 1];
    if (bound < before)
      report_fault(faults, FaultKind::segment_order, bound, b, rows);
    else if (bound > rows)
      report_fault(faults, FaultKind::segment_end, bound, b, rows);
    else if (longest >= 0 && b == 0 && bound > 0)
      report_fault(faults, FaultKind::segment_start, bound, b, rows);
    else if (longest >= 0 && b > 0 && bound - before > longest)
      report_fault(faults, FaultKind::segment_length, bound - before, b, longest);
  }
}

}  // namespace gridstride
