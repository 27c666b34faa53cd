// Softmax and log softmax along the last dimension, forward and backward (formulas and shapes: softmax.h). f32 inside.
//   warp per row   4 rows per block, the row in registers, read once in vectors of 16 bytes: columns a multiple of the
//                  vector and at most 32 * kVectors vectors, rows and pointers aligned to 16 bytes.
//   block per row  256 threads, element by element: the row is read three times forward and twice backward. Any size,
//                  any alignment.
#pragma once

#include "kernels/common/row.cuh"
#include "kernels/loss/softmax.h"

namespace gridstride {

constexpr int kSoftmaxWarps = 4;           // rows per block, warp per row
constexpr int kSoftmaxBlockThreads = 256;  // block per row

template <class T, int kVectors>
__global__ void __launch_bounds__(kSoftmaxWarps* kWarpSize, 4) softmax_forward_warp_per_row(SoftmaxForwardArgs args) {
  constexpr int kLength = kVectorLength<T>;
  const int64_t row = static_cast<int64_t>(blockIdx.x) * kSoftmaxWarps + warp_of_thread();
  if (row >= args.rows) return;
  float x[kVectors][kLength], top = Max::kNothing, sum = 0;
  for_each_vector<kVectors, kLength>(args.columns, [&](int i, int column) {
    load_floats(static_cast<const T*>(args.x) + row * args.x_stride + column, x[i]);
#pragma unroll
    for (int j = 0; j < kLength; ++j) top = Max()(top, x[i][j]);
  });
  top = warp_reduce<Max>(top);
  for_each_vector<kVectors, kLength>(args.columns, [&](int i, int) {
#pragma unroll
    for (int j = 0; j < kLength; ++j) {
      x[i][j] -= top;
      const float e = expf(x[i][j]);
      sum += e;
      if (!args.logarithm) x[i][j] = e;
    }
  });
  sum = warp_reduce<Sum>(sum);
  const float scale = args.logarithm ? 1.0f : 1.0f / sum, shift = args.logarithm ? logf(sum) : 0.0f;
  for_each_vector<kVectors, kLength>(args.columns, [&](int i, int column) {
#pragma unroll
    for (int j = 0; j < kLength; ++j) x[i][j] = x[i][j] * scale - shift;
    store_floats(static_cast<T*>(args.y) + row * args.columns + column, x[i]);
  });
}

// y may be x: an element is last read by the thread that writes it.
template <class T>
__global__ void __launch_bounds__(kSoftmaxBlockThreads, 4) softmax_forward_block_per_row(SoftmaxForwardArgs args) {
  constexpr int kWarps = kSoftmaxBlockThreads / kWarpSize;
  const int64_t row = blockIdx.x;
  const T* x = static_cast<const T*>(args.x) + row * args.x_stride;
  T* y = static_cast<T*>(args.y) + row * args.columns;
  float top = Max::kNothing, sum = 0;
  for (int64_t c = threadIdx.x; c < args.columns; c += kSoftmaxBlockThreads) top = Max()(top, widen(x[c]));
  top = block_reduce<Max, kWarps>(top);
  for (int64_t c = threadIdx.x; c < args.columns; c += kSoftmaxBlockThreads) sum += expf(widen(x[c]) - top);
  sum = block_reduce<Sum, kWarps>(sum);
  const float scale = 1.0f / sum, shift = logf(sum);
  for (int64_t c = threadIdx.x; c < args.columns; c += kSoftmaxBlockThreads) {
    const float shifted = widen(x[c]) - top;
    y[c] = narrow<T>(args.logarithm ? shifted - shift : expf(shifted) * scale);
  }
}

// What an element adds to the row's sum, and its gradient from that sum.
__device__ __forceinline__ float softmax_term(float y, float dy, int logarithm) { return logarithm ? dy : dy * y; }
__device__ __forceinline__ float softmax_gradient(float y, float dy, float sum, int logarithm) {
  return logarithm ? dy - expf(y) * sum : y * (dy - sum);
}

template <class T, int kVectors>
__global__ void __launch_bounds__(kSoftmaxWarps* kWarpSize, 2) softmax_backward_warp_per_row(SoftmaxBackwardArgs args) {
  constexpr int kLength = kVectorLength<T>;
  const int64_t row = static_cast<int64_t>(blockIdx.x) * kSoftmaxWarps + warp_of_thread();
  if (row >= args.rows) return;
  const int64_t at = row * args.columns;
  float y[kVectors][kLength], dy[kVectors][kLength], sum = 0;
  for_each_vector<kVectors, kLength>(args.columns, [&](int i, int column) {
    load_floats(static_cast<const T*>(args.y) + at + column, y[i]);
    load_floats(static_cast<const T*>(args.dy) + at + column, dy[i]);
#pragma unroll
    for (int j = 0; j < kLength; ++j) sum += softmax_term(y[i][j], dy[i][j], args.logarithm);
  });
  sum = warp_reduce<Sum>(sum);
  for_each_vector<kVectors, kLength>(args.columns, [&](int i, int column) {
#pragma unroll
    for (int j = 0; j < kLength; ++j) dy[i][j] = softmax_gradient(y[i][j], dy[i][j], sum, args.logarithm);
    store_floats(static_cast<T*>(args.dx) + at + column, dy[i]);
  });
}

template <class T>
__global__ void __launch_bounds__(kSoftmaxBlockThreads, 4) softmax_backward_block_per_row(SoftmaxBackwardArgs args) {
  const int64_t at = static_cast<int64_t>(blockIdx.x) * args.columns;
  const T* y = static_cast<const T*>(args.y) + at;
  const T* dy = static_cast<const T*>(args.dy) + at;
  float sum = 0;
  for (int64_t c = threadIdx.x; c < args.columns; c += kSoftmaxBlockThreads)
    sum += softmax_term(widen(y[c]), widen(dy[c]), args.logarithm);
  sum = block_reduce<Sum, kSoftmaxBlockThreads / kWarpSize>(sum);
  for (int64_t c = threadIdx.x; c < args.columns; c += kSoftmaxBlockThreads)
    static_cast<T*>(args.dx)[at + c] = narrow<T>(softmax_gradient(widen(y[c]), widen(dy[c]), sum, args.logarithm));
}

}  // namespace gridstride
