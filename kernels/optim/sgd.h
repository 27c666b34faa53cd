// Stochastic gradient descent over a list of tensors, as torch.optim.SGD with dampening 0: with
// g = scale * gradient + weight_decay * w,
//   b <- momentum * b + g;  w <- w - lr * (nesterov ? g + momentum * b : b), and b = g without momentum.
// Momentum buffers start at zero, which gives the first step b = g. Types as in adamw.h.
#pragma once

#include <cstdint>

#include "kernels/common/dtype.h"
#include "kernels/optim/tensor_list.h"

namespace gridstride {

struct SgdArgs {
  void* weights[kMaxTensors];          // f32, or f64 with f64 gradients
  const void* gradients[kMaxTensors];  // dtypes[i]
  void* momenta[kMaxTensors];          // as the weights, null: no momentum
  void* copies[kMaxTensors];           // copy_dtype, null: none
  const float* schedule;               // (2): learning rate, step
  const float* gradient_state;         // (4) grad_norm.h, null: scale 1, never skip
  int64_t counts[kMaxTensors];
  double weight_decays[kMaxTensors];
  double rate_factors[kMaxTensors];
  double momentum;
  int32_t nesterov;
  int32_t tensors;
  DType dtypes[kMaxTensors];
  DType copy_dtype;
};

}  // namespace gridstride
