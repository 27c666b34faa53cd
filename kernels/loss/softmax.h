// Softmax along the last dimension, or its logarithm: y = exp(x - m) / s and y = x - m - ln s, m = max x,
// s = sum exp(x - m). A row of -inf only gives NaN. Backward from y: dx = y * (dy - sum(dy * y)), and for the logarithm
// dx = dy - exp(y) * sum(dy). Sums over a row are f32 (f64 for f64).
#pragma once

#include <cstdint>

#include "kernels/common/dtype.h"

namespace gridstride {

struct SoftmaxForwardArgs {
  const void* x;  // (rows, columns), rows x_stride apart
  void* y;        // (rows, columns) contiguous, may be x
  int64_t rows;
  int64_t columns;
  int64_t x_stride;
  int32_t logarithm;  // 1: log softmax
  DType dtype;
};

struct SoftmaxBackwardArgs {
  const void* y;   // (rows, columns) saved output
  const void* dy;  // (rows, columns)
  void* dx;        // (rows, columns), may be dy
  int64_t rows;
  int64_t columns;
  int32_t logarithm;
  DType dtype;
};

}  // namespace gridstride
