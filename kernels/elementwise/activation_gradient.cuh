// The gradient that reaches an activation's input, as a linear layer's backward pass needs it before its products and
// the activation of its own with a bias: dz = dropout(dy) * act'(z + bias), rounded to T, and the sums of its columns,
// of f32 before that rounding. A lane has kLength neighbouring columns, a block's eight warps
// every eighth row of its part of the rows; blocks meet in partial sums (parts, n) that a second kernel adds in order.
// kLength is a vector of 16 bytes, or 1 for arrays of any alignment.
#pragma once

#include "kernels/common/dropout_mask.cuh"
#include "kernels/common/row.cuh"
#include "kernels/math/activation.h"

namespace gridstride {

struct ActivationGradientArgs {
  const void* dy;    // (m, n), rows dy_stride apart
  const void* z;     // (m, n) contiguous; not read where the activation is none
  const void* bias;  // (n), or null
  void* dz;          // (m, n), rows dz_stride apart, or null; may be dy
  float* parts;      // (parts, n), or null
  int64_t m, n, dy_stride, dz_stride, rows_per_part;
  MaskParameters mask;  // element (i, j) of dy takes the number of i n + j
  Activation activation;
};

constexpr int kColumnWarps = 8;

template <Activation kKind, int kLength>
__device__ __forceinline__ void multiply_by_derivative_of(const float (&z)[kLength], float (&dy)[kLength]) {
#pragma unroll
  for (int j = 0; j < kLength; ++j) dy[j] *= activation_derivative(kKind, z[j]);
}
template <int kLength>
__device__ __forceinline__ void multiply_by_derivative(Activation kind, const float (&z)[kLength],
                                                       float (&dy)[kLength]) {
  switch (kind) {
    case Activation::relu:
      return multiply_by_derivative_of<Activation::relu>(z, dy);
    case Activation::gelu:
      return multiply_by_derivative_of<Activation::gelu>(z, dy);
    case Activation::gelu_tanh:
      return multiply_by_derivative_of<Activation::gelu_tanh>(z, dy);
    case Activation::silu:
      return multiply_by_derivative_of<Activation::silu>(z, dy);
    case Activation::tanh:
      return multiply_by_derivative_of<Activation::tanh>(z, dy);
    case Activation::sigmoid:
      return multiply_by_derivative_of<Activation::sigmoid>(z, dy);
    case Activation::none:
      return;
  }
}

// Block (x, y): 32 * kLength columns, rows y * rows_per_part and on. n is a multiple of kLength.
template <class T, int kLength>
__global__ void __launch_bounds__(kColumnWarps* kWarpSize, 2) activation_gradient(ActivationGradientArgs args) {
  SHARED_ARRAY(float, shared, kColumnWarps* kWarpSize* kLength);
  const int64_t column = (static_cast<int64_t>(blockIdx.x) * kWarpSize + lane_of_thread()) * kLength;
  const int64_t first = blockIdx.y * args.rows_per_part;
  const int64_t end = first + args.rows_per_part < args.m ? first + args.rows_per_part : args.m;
  const DropoutMask mask(args.mask);
  float sums[kLength] = {}, bias[kLength] = {};
  if (args.bias && column < args.n) load_floats(static_cast<const T*>(args.bias) + column, bias);
#pragma unroll 2
  for (int64_t row = first + warp_of_thread(); row < end && column < args.n; row += kColumnWarps) {
    float dy[kLength];
    load_floats(static_cast<const T*>(args.dy) + row * args.dy_stride + column, dy);
    mask.apply_any(dy, row * args.n + column);
    if (args.activation != Activation::none) {
      float z[kLength];
      load_floats(static_cast<const T*>(args.z) + row * args.n + column, z);
#pragma unroll
      for (int j = 0; j < kLength; ++j) z[j] += bias[j];
      multiply_by_derivative(args.activation, z, dy);
    }
    if (args.dz) store_floats(static_cast<T*>(args.dz) + row * args.dz_stride + column, dy);
#pragma unroll
    for (int j = 0; j < kLength; ++j) sums[j] += dy[j];
  }
  if (!args.parts) return;
#pragma unroll
  for (int j = 0; j < kLength; ++j) shared[(warp_of_thread() * kLength + j) * kWarpSize + lane_of_thread()] = sums[j];
  __syncthreads();
  for (int j = warp_of_thread(); j < kLength; j += kColumnWarps) {
    float total = 0;
#pragma unroll
    for (int warp = 0; warp < kColumnWarps; ++warp)
      total += shared[(warp * kLength + j) * kWarpSize + lane_of_thread()];
    if (column < args.n) args.parts[blockIdx.y * args.n + column + j] = total;
  }
}

// sums, of T or f32, from `count` partial sums: a block has 32 columns, each warp every eighth part.
template <class T>
__global__ void __launch_bounds__(kColumnWarps* kWarpSize, 2)
    sum_column_parts(const float* parts, int count, int64_t n, T* sums) {
  SHARED_ARRAY(float, shared, kColumnWarps* kWarpSize);
  const int64_t column = static_cast<int64_t>(blockIdx.x) * kWarpSize + lane_of_thread();
  float mine = 0;
  for (int part = warp_of_thread(); part < count && column < n; part += kColumnWarps) mine += parts[part * n + column];
  shared[threadIdx.x] = mine;
  __syncthreads();
  if (warp_of_thread() != 0 || column >= n) return;
  float total = 0;
#pragma unroll
  for (int warp = 0; warp < kColumnWarps; ++warp) total += shared[warp * kWarpSize + lane_of_thread()];
  sums[column] = narrow<T>(total);
}

}  // namespace gridstride
