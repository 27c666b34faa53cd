// Activation as an op of its own, forward and backward (shapes: activation.h, formulas: kernels/math/activation.h).
// f32 inside. A thread takes vectors of 16 bytes, 256 threads a block, and strides over the grid; what is left behind
// the last whole vector, or all of an unaligned tensor, is taken element by element (kLength 1).
#pragma once

#include "kernels/common/elements.cuh"
#include "kernels/common/row.cuh"
#include "kernels/elementwise/activation.h"
#include "kernels/math/activation.h"

namespace gridstride {

template <class T, int kLength, Activation kKind>
__global__ void __launch_bounds__(kElementThreads, 4)
    activation_forward_runs(ActivationForwardArgs args, int64_t first) {
  for_each_run<kLength>(first, args.count, [&](int64_t i) {
    float x[kLength];
    load_floats(static_cast<const T*>(args.x) + i, x);
#pragma unroll
    for (int j = 0; j < kLength; ++j) x[j] = activation_value(kKind, x[j]);
    store_floats(static_cast<T*>(args.y) + i, x);
  });
}

template <class T, int kLength, Activation kKind>
__global__ void __launch_bounds__(kElementThreads, 4)
    activation_backward_runs(ActivationBackwardArgs args, int64_t first) {
  for_each_run<kLength>(first, args.count, [&](int64_t i) {
    float x[kLength], dy[kLength];
    load_floats(static_cast<const T*>(args.x) + i, x);
    load_floats(static_cast<const T*>(args.dy) + i, dy);
#pragma unroll
    for (int j = 0; j < kLength; ++j) dy[j] *= activation_derivative(kKind, x[j]);
    store_floats(static_cast<T*>(args.dx) + i, dy);
  });
}

}  // namespace gridstride
