// What the optimizers share: f32 weights, gradients of any floating dtype, a compute copy in the copy's dtype, the
// learning rate and the gradients' scale from device memory.
#pragma once

#include "kernels/common/row.cuh"
#include "kernels/optim/grad_norm.h"
#include "kernels/optim/tensor_chunks.cuh"

namespace gridstride {

constexpr int kStepChunk = 8192;  // elements of a tensor that a block updates
constexpr int kStepVector = 4;    // weights that move as one

struct StepList {
  TensorChunks chunks;
  float* weights[kMaxTensors];
  const void* gradients[kMaxTensors];
  void* copies[kMaxTensors];  // copy_dtype, null: none
  float weight_decays[kMaxTensors];
  float rate_factors[kMaxTensors];
  const float* schedule;        // (2): learning rate, step
  const float* gradient_state;  // (4) GradientState, null: scale 1, never skip
  DType copy_dtype;
};

__device__ __forceinline__ bool is_skipped(const StepList& list) {
  return list.gradient_state && list.gradient_state[kGradientSkip] != 0.0f;
}
__device__ __forceinline__ float gradient_scale(const StepList& list) {
  return list.gradient_state ? list.gradient_state[kGradientScale] : 1.0f;
}

// Whether weights i ... i + kStepVector - 1 of a tensor and their copy move as one.
template <class G>
__device__ __forceinline__ bool step_is_aligned(const float* weight, const G* gradient, const void* copy,
                                                DType copy_dtype) {
  const bool copy_aligned = copy_dtype == DType::f32 ? are_vectors(kStepVector, static_cast<const float*>(copy))
                                                     : are_vectors(kStepVector, static_cast<const BFloat16*>(copy));
  return copy_aligned && are_vectors(kStepVector, weight, gradient);
}

template <int kLength>
__device__ __forceinline__ void store_copy(void* copy, DType dtype, int64_t i, const float (&w)[kLength]) {
  if (!copy) return;
  if (dtype == DType::bf16)
    store_floats(static_cast<BFloat16*>(copy) + i, w);
  else if (dtype == DType::f16)
    store_floats(static_cast<Float16*>(copy) + i, w);
  else
    store_floats(static_cast<float*>(copy) + i, w);
}

// body(Gradient{}) with the storage type of a tensor's gradients: one branch a block.
template <class Body>
__device__ __forceinline__ void with_gradient(DType dtype, Body&& body) {
  if (dtype == DType::f32)
    body(float{});
  else if (dtype == DType::bf16)
    body(BFloat16{});
  else
    body(Float16{});
}

}  // namespace gridstride
