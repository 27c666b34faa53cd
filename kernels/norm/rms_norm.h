// RMS norm over the last dimension, with the dropout (random/dropout.h) and the residual add that precede it:
//   s = dropout(x) + residual, y = s * inv_rms * gamma, inv_rms = 1 / sqrt(mean(s^2) + epsilon).
// With h = s * inv_rms and g = dy * gamma: dresidual = inv_rms * (g - h * mean(g * h)) + dsum, dx = dresidual through
// the same dropout, dgamma = sum over T of dy * h. Sums as in layer_norm.h. Source: Zhang and Sennrich, "Root Mean
// Square Layer Normalization" (arXiv 1910.07467).
#pragma once

#include <cstdint>

#include "kernels/common/dtype.h"
#include "kernels/math/philox.h"

namespace gridstride {

struct RmsNormForwardArgs {
  const void* x;         // (T, C)
  const void* residual;  // (T, C), null: none
  const void* gamma;     // (C) parameter_dtype, null: 1
  void* y;               // (T, C)
  void* sum;             // (T, C) s as rounded to dtype, without dropout null: not kept
  void* inv_rms;         // (T) f32, null: not kept
  int64_t rows;          // T
  int64_t channels;      // C
  double epsilon;
  DType dtype;
  DType parameter_dtype;
  ElementDropout dropout;  // of x
};

struct RmsNormBackwardArgs {
  const void* dy;       // (T, C)
  const void* dsum;     // (T, C) gradient that reaches the sum on another way, null: none
  const void* x;        // (T, C) what was normalised: the sum, or x without dropout and residual
  const void* gamma;    // (C) parameter_dtype, null: 1
  const void* inv_rms;  // (T) f32
  void* dx;             // (T, C), may be dy or dsum; null: not wanted
  void* dresidual;      // (T, C), may be dy or dsum; null: not wanted, or without dropout the same as dx
  void* dgamma;         // (C) f32, null: not wanted
  int64_t rows;         // T
  int64_t channels;     // C
  DType dtype;
  DType parameter_dtype;
  ElementDropout dropout;  // of x
};

}  // namespace gridstride
