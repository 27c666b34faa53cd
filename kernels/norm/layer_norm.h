// Layer norm over the last dimension, with the dropout (random/dropout.h) and the residual add that precede it:
//   s = dropout(x) + residual, y = (s - mean(s)) * inv_std * gamma + beta, inv_std = 1 / sqrt(var(s) + epsilon), biased
//   variance.
// With h = (s - mean) * inv_std and g = dy * gamma:
//   dresidual = inv_std * (g - mean(g) - h * mean(g * h)) + dsum, dx = dresidual through the same dropout,
//   dgamma = sum over T of dy * h, dbeta of dy.
// Sums over C are f32 (f64 for f64). dgamma and dbeta are summed over fixed chunks of rows, then over the chunks, so
// the bits do not depend on threads. Source: Ba, Kiros and Hinton, "Layer Normalization" (arXiv 1607.06450).
#pragma once

#include <cstdint>

#include "kernels/common/dtype.h"
#include "kernels/math/philox.h"

namespace gridstride {

struct LayerNormForwardArgs {
  const void* x;         // (T, C)
  const void* residual;  // (T, C), null: none
  const void* gamma;     // (C) parameter_dtype, null: 1
  const void* beta;      // (C) parameter_dtype, null: 0
  void* y;               // (T, C)
  void* sum;             // (T, C) s as rounded to dtype, the input of the statistics; without dropout null: not kept
  void* mean;            // (T) f32, null: not kept
  void* inv_std;         // (T) f32, null: not kept
  int64_t rows;          // T
  int64_t channels;      // C
  double epsilon;
  DType dtype;
  DType parameter_dtype;
  ElementDropout dropout;  // of x
};

struct LayerNormBackwardArgs {
  const void* dy;       // (T, C)
  const void* dsum;     // (T, C) gradient that reaches the sum on another way, null: none
  const void* x;        // (T, C) what was normalised: the sum, or x without dropout and residual
  const void* gamma;    // (C) parameter_dtype, null: 1
  const void* mean;     // (T) f32
  const void* inv_std;  // (T) f32
  void* dx;             // (T, C), may be dy or dsum; null: not wanted
  void* dresidual;      // (T, C), may be dy or dsum; null: not wanted, or without dropout the same as dx
  void* dgamma;         // (C) f32, null: not wanted
  void* dbeta;          // (C) f32, null: not wanted
  int64_t rows;         // T
  int64_t channels;     // C
  DType dtype;
  DType parameter_dtype;
  ElementDropout dropout;  // of x
};

}  // namespace gridstride
