// AdamW over a list of tensors in one launch, as torch.optim.AdamW: with g = scale * gradient,
//   w <- w - lr * weight_decay * w;  m <- m + (1 - beta1) (g - m);  v <- beta2 v + (1 - beta2) g^2;
//   w <- w - lr / (1 - beta1^step) * m / (sqrt(v) / sqrt(1 - beta2^step) + epsilon).
// Per-step values are read on the device, so a recorded step can be replayed. Weights and moments are f32 (f64 for
// tests); the copy, if any, gets w rounded to its dtype. Source: Loshchilov and Hutter, "Decoupled Weight Decay
// Regularization" (arXiv 1711.05101).
#pragma once

#include <cstdint>

#include "kernels/common/dtype.h"
#include "kernels/optim/tensor_list.h"

namespace gridstride {

struct AdamWArgs {
  void* weights[kMaxTensors];          // f32, or f64 with f64 gradients
  const void* gradients[kMaxTensors];  // dtypes[i]
  void* first_moments[kMaxTensors];    // as the weights
  void* second_moments[kMaxTensors];   // as the weights
  void* copies[kMaxTensors];           // copy_dtype, null: none
  const float* schedule;               // (2): learning rate, step (1 for the first)
  const float* gradient_state;         // (4) grad_norm.h: scale and skip flag; null: scale 1, never skip
  int64_t counts[kMaxTensors];
  double weight_decays[kMaxTensors];  // 0 for tensors that are not decayed
  double rate_factors[kMaxTensors];   // multiply the learning rate, 1 unless groups differ
  double beta1;
  double beta2;
  double epsilon;
  int32_t tensors;  // at most kMaxTensors
  DType dtypes[kMaxTensors];
  DType copy_dtype;
};

}  // namespace gridstride
