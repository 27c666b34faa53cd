// Losses that are a sum of independent terms, forward and backward: what a loss is, its .cuh says. Terms are f32,
// summed in f64. A thread takes vectors of 16 bytes of x, 256 threads a block, and strides over the grid; what is left
// behind the last whole vector, or all where a pointer is not aligned to 16 bytes, is taken element by element. Without
// a reduction terms are written, else each block leaves its sum for loss_finish.
#pragma once

#include "kernels/common/reduction.h"
#include "kernels/common/row.cuh"
#include "kernels/loss/loss_sum.cuh"

namespace gridstride {

// body(i, Length<n>) for this thread's runs of elements [0, count).
template <int kLength, class Body>
__device__ __forceinline__ void for_each_run(int64_t count, bool vectors, Body&& body) {
  const int64_t whole = vectors ? count - count % kLength : 0;
  const int64_t thread = static_cast<int64_t>(blockIdx.x) * kLossThreads + threadIdx.x;
  const int64_t threads = static_cast<int64_t>(gridDim.x) * kLossThreads;
  for (int64_t i = thread * kLength; i < whole; i += threads * kLength) body(i, Length<kLength>{});
#pragma unroll 1
  for (int64_t i = whole + thread; i < count; i += threads) body(i, Length<1>{});
}

// Loss::terms(args, i, x, t): turns elements i ... of x and the target into terms, in place of x.
template <class Loss, class T, class Args>
__global__ void __launch_bounds__(kLossThreads, 4) pointwise_forward(Args args, bool vectors, double* sums) {
  double sum = 0;
  for_each_run<kVectorLength<T>>(args.count, vectors, [&](int64_t i, auto length) {
    constexpr int kLength = decltype(length)::value;
    float x[kLength], t[kLength];
    load_floats(static_cast<const T*>(args.x) + i, x);
    load_parameters(args.target, args.target_dtype, i, 0.0f, t);
    Loss::terms(args, i, x, t);
    if (!sums) {
      store_floats(static_cast<float*>(args.loss) + i, x);
      return;
    }
    float part = 0;
#pragma unroll
    for (int j = 0; j < kLength; ++j) part += x[j];
    sum += static_cast<double>(part);
  });
  if (!sums) return;
  sum = block_sum<kLossWarps>(sum);
  if (threadIdx.x == 0) sums[blockIdx.x] = sum;
}

// dx = dloss / divisor * slope. Loss::slopes(args, i, x, t): turns elements into slopes, in place of x, which is loaded
// where Loss::kSlopeNeedsX.
template <class Loss, class T, class Args>
__global__ void __launch_bounds__(kLossThreads, 4) pointwise_backward(Args args, bool vectors, float divisor) {
  const auto* dloss = static_cast<const float*>(args.dloss);
  const bool each = args.reduction == Reduction::none;
  const float scale = each ? 1.0f : *dloss / divisor;
  for_each_run<kVectorLength<T>>(args.count, vectors, [&](int64_t i, auto length) {
    constexpr int kLength = decltype(length)::value;
    float x[kLength], t[kLength], g[kLength];
    if constexpr (Loss::kSlopeNeedsX) load_floats(static_cast<const T*>(args.x) + i, x);
    load_parameters(args.target, args.target_dtype, i, 0.0f, t);
    load_parameters(each ? dloss : nullptr, DType::f32, i, scale, g);
    Loss::slopes(args, i, x, t);
#pragma unroll
    for (int j = 0; j < kLength; ++j) x[j] *= g[j];
    store_floats(static_cast<T*>(args.dx) + i, x);
  });
}

}  // namespace gridstride
