// Activation as an op of its own, forward and backward (shapes: activation.h, formulas: kernels/math/activation.h).
// f32 inside. A thread takes vectors of 16 bytes, 256 threads a block, and strides over the grid; what is left behind
// the last whole vector, or all of an unaligned tensor, is taken element by element (kLength 1).
#pragma once

#include "kernels/common/row.cuh"
#include "kernels/elementwise/activation.h"
#include "kernels/math/activation.h"

namespace gridstride {

constexpr int kActivationThreads = 256;

// body(i) for the first elements of this thread's runs of kLength, from `first` up to `count`.
template <int kLength, class Body>
__device__ __forceinline__ void for_each_run(int64_t first, int64_t count, Body&& body) {
  const int64_t step = static_cast<int64_t>(gridDim.x) * kActivationThreads * kLength;
  const int64_t thread = static_cast<int64_t>(blockIdx.x) * kActivationThreads + threadIdx.x;
  for (int64_t i = first + thread * kLength; i < count; i += step) body(i);
}

template <class T, int kLength, Activation kKind>
__global__ void __launch_bounds__(kActivationThreads, 4)
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
__global__ void __launch_bounds__(kActivationThreads, 4)
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
