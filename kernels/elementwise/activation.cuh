// Activation as an op of its own, forward and backward (shapes: activation.h, formulas: kernels/math/activation.h).
// f32 inside. A thread takes vectors of 16 bytes, 256 threads a block, and strides over the grid; what is left behind
// the last whole vector, or all of an unaligned tensor, is taken element by element (kLength 1). A vector lies within
// a row wherever there is a bias. The bias's gradient: kernels/elementwise/activation_gradient.cuh.
#pragma once

#include "kernels/common/dropout_mask.cuh"
#include "kernels/common/elements.cuh"
#include "kernels/common/row.cuh"
#include "kernels/elementwise/activation.h"
#include "kernels/math/activation.h"

namespace gridstride {

// What the launcher adds: the elements [first, end) of this launch, and dropout as threads take it.
struct ActivationRuns {
  int64_t first, end;
  MaskParameters mask;
};

// x + bias of the elements from i on.
template <class T, int kLength, class Args>
__device__ __forceinline__ void load_biased(const Args& args, int64_t i, float (&x)[kLength]) {
  load_floats(static_cast<const T*>(args.x) + i, x);
  if (!args.bias) return;
  const bool is_short = (i | args.columns) >> 32 == 0;  // 64-bit division is slow
  const int64_t column = is_short ? static_cast<uint32_t>(i) % static_cast<uint32_t>(args.columns) : i % args.columns;
  float bias[kLength];
  load_floats(static_cast<const T*>(args.bias) + column, bias);
#pragma unroll
  for (int j = 0; j < kLength; ++j) x[j] += bias[j];
}

template <class T, int kLength, Activation kKind>
__global__ void __launch_bounds__(kElementThreads, 4)
    activation_forward_runs(ActivationForwardArgs args, ActivationRuns runs) {
  const DropoutMask mask(runs.mask);
  for_each_run<kLength>(runs.first, runs.end, [&](int64_t i) {
    float x[kLength];
    load_biased<T>(args, i, x);
#pragma unroll
    for (int j = 0; j < kLength; ++j) x[j] = activation_value(kKind, x[j]);
    mask.apply_any(x, i);
    store_floats(static_cast<T*>(args.y) + i, x);
  });
}

template <class T, int kLength, Activation kKind>
__global__ void __launch_bounds__(kElementThreads, 4)
    activation_backward_runs(ActivationBackwardArgs args, ActivationRuns runs) {
  const DropoutMask mask(runs.mask);
  for_each_run<kLength>(runs.first, runs.end, [&](int64_t i) {
    float x[kLength], dy[kLength];
    load_biased<T>(args, i, x);
    load_floats(static_cast<const T*>(args.dy) + i, dy);
    mask.apply_any(dy, i);
#pragma unroll
    for (int j = 0; j < kLength; ++j) dy[j] *= activation_derivative(kKind, x[j]);
    store_floats(static_cast<T*>(args.dx) + i, dy);
  });
}

}  // namespace gridstride
