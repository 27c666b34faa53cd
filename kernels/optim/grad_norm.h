// Global L2 norm of a list of gradients, in two passes so that any number of tensors fits: `partial` writes each
// tensor's sum of squares, `finish` joins `count` of them. Squares are summed in f32 over fixed blocks of 16384
// elements (f64 for f64), blocks and tensors in f64 and in order: the bits do not depend on threads.
//   norm = inverse_scale * sqrt(sum), coefficient = min(1, max_norm / (norm + 1e-6)) as torch's clip_grad_norm_ (1
//   where max_norm is not positive), non-finite = the norm is inf or NaN.
// `result` is read by the optimizers (adamw.h, sgd.h) and scale_gradients: see GradientState.
#pragma once

#include <cstdint>

#include "kernels/common/dtype.h"
#include "kernels/optim/tensor_list.h"

namespace gridstride {

// Layout of the f32 (4) tensor between gradient norm and optimizer.
enum GradientState {
  kGradientNorm = 0,       // of the unscaled gradients, before clipping
  kGradientScale = 1,      // what gradients are multiplied by: inverse_scale * coefficient
  kGradientNonFinite = 2,  // 1 or 0
  kGradientSkip = 3        // 1: the optimizer must leave everything as it is
};

struct GradNormPartialArgs {
  const void* gradients[kMaxTensors];
  double* squares;  // (at least first + tensors), on the device
  int64_t counts[kMaxTensors];
  int64_t first;    // where this launch's sums go
  int32_t tensors;  // at most kMaxTensors
  DType dtypes[kMaxTensors];
};

struct GradNormFinishArgs {
  const double* squares;       // (count)
  const float* inverse_scale;  // (1) one over the loss scale, null: 1
  float* result;               // (4) GradientState
  int64_t count;
  double max_norm;
  int32_t skip_non_finite;  // 1: result[kGradientSkip] follows the non-finite flag, 0: it stays 0
};

}  // namespace gridstride
