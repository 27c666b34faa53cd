// Softmax and log softmax along the last dimension, forward and backward (formulas and shapes: softmax.h). f32 inside.
//   warp per row   4 rows per block, the row in registers, read once in vectors of 16 bytes: columns a multiple of the
//                  vector and at most 32 * kVectors vectors, rows and pointers aligned to 16 bytes.
//   block holds row  128 or 512 threads, the row in registers (and backward a second one in shared memory), read once
//                  in vectors of 16 bytes from its first aligned address on, the elements before and behind by one
//                  thread each: up to 32,768 columns, 30,720 of f32 backward. Rows of input and output lie alike to 16
//                  bytes.
//   block per row  256 threads: the row is read twice, forward by a running maximum and sum. Any size, any alignment;
//                  vectors where the rows lie alike.
#pragma once

#include "kernels/loss/running_sum.cuh"
#include "kernels/loss/softmax.h"

namespace gridstride {

constexpr int kSoftmaxWarps = 4;           // rows per block, warp per row
constexpr int kSoftmaxBlockThreads = 256;  // block per row

// The function of an element once the row's maximum and sum are known.
struct SoftmaxScale {
  float top, scale, shift;
  bool logarithm;

  __device__ __forceinline__ SoftmaxScale(float top, float sum, int logarithm)
      : top(top), scale(1.0f / sum), shift(logf(sum)), logarithm(logarithm != 0) {}
  __device__ __forceinline__ float of(float x) const { return logarithm ? x - top - shift : expf(x - top) * scale; }
};

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

// y may be x: an element is last read by the thread that writes it. `alike`: rows of x and y lie alike to 16 bytes.
template <class T>
__global__ void __launch_bounds__(kSoftmaxBlockThreads, 4)
    softmax_forward_block_per_row(SoftmaxForwardArgs args, bool alike) {
  const int64_t row = blockIdx.x;
  const T* x = static_cast<const T*>(args.x) + row * args.x_stride;
  T* y = static_cast<T*>(args.y) + row * args.columns;
  const auto index = static_cast<int>(threadIdx.x);
  RunningSum running;
  for_each_of_team(x, 0, args.columns, alike, index, kSoftmaxBlockThreads, [&](int64_t c, auto length) {
    float values[decltype(length)::value];
    load_floats(x + c, values);
    running.add(values);
  });
  running.join_block<kSoftmaxBlockThreads / kWarpSize>();
  const SoftmaxScale scale(running.top, running.sum, args.logarithm);
  for_each_of_team(x, 0, args.columns, alike, index, kSoftmaxBlockThreads, [&](int64_t c, auto length) {
    float values[decltype(length)::value];
    load_floats(x + c, values);
#pragma unroll
    for (float& value : values) value = scale.of(value);
    store_floats(y + c, values);
  });
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
__global__ void __launch_bounds__(kSoftmaxBlockThreads, 4)
    softmax_backward_block_per_row(SoftmaxBackwardArgs args, bool alike) {
  const int64_t at = static_cast<int64_t>(blockIdx.x) * args.columns;
  const T* y = static_cast<const T*>(args.y) + at;
  const T* dy = static_cast<const T*>(args.dy) + at;
  const auto index = static_cast<int>(threadIdx.x);
  float sum = 0;
  const auto for_each = [&](auto&& body) {
    for_each_of_team(y, 0, args.columns, alike, index, kSoftmaxBlockThreads, [&](int64_t c, auto length) {
      float out[decltype(length)::value], gradient[decltype(length)::value];
      load_floats(y + c, out);
      load_floats(dy + c, gradient);
      body(c, out, gradient);
    });
  };
  for_each([&](int64_t, auto& out, auto& gradient) {
#pragma unroll
    for (int j = 0; j < static_cast<int>(sizeof out / sizeof(float)); ++j)
      sum += softmax_term(out[j], gradient[j], args.logarithm);
  });
  sum = block_reduce<Sum, kSoftmaxBlockThreads / kWarpSize>(sum);
  for_each([&](int64_t c, auto& out, auto& gradient) {
#pragma unroll
    for (int j = 0; j < static_cast<int>(sizeof out / sizeof(float)); ++j)
      gradient[j] = softmax_gradient(out[j], gradient[j], sum, args.logarithm);
    store_floats(static_cast<T*>(args.dx) + at + c, gradient);
  });
}

}  // namespace gridstride
