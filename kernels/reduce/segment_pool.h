// One row per sequence of a packed batch: y[b] is the mean, maximum, first or last of rows cu_seqlens[b] to
// cu_seqlens[b + 1]. An empty segment gives zeros. Rows at or past cu_seqlens[B] belong to none. Sums are f32 (f64 for
// f64), in row order. The maximum saves the row it came from, the first one; NaN wins.
// Backward: dx rows get dy / length (mean), dy where they were chosen (max, first, last), and 0 elsewhere.
#pragma once

#include <cstdint>

#include "kernels/common/dtype.h"

namespace gridstride {

enum class PoolKind : int32_t { mean, max, first, last };

struct SegmentPoolForwardArgs {
  const void* x;              // (T, C)
  const int32_t* cu_seqlens;  // (B + 1) on the device
  void* y;                    // (B, C)
  int32_t* arg_max;           // (B, C) row of the maximum, -1 for an empty segment; null unless max
  int64_t rows;               // T
  int64_t segments;           // B
  int64_t channels;           // C
  PoolKind kind;
  DType dtype;
};

struct SegmentPoolBackwardArgs {
  const void* dy;             // (B, C)
  const int32_t* cu_seqlens;  // (B + 1)
  const int32_t* arg_max;     // (B, C), null unless max
  void* dx;                   // (T, C), written whole
  int64_t rows;
  int64_t segments;
  int64_t channels;
  PoolKind kind;
  DType dtype;
};

}  // namespace gridstride
