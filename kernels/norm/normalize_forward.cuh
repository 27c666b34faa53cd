// Layer norm forward, and without centring RMS norm, whose mean is zero and which has no beta (formulas, shapes and
// sources: layer_norm.h, rms_norm.h). Statistics in f32, the variance from the deviations.
//   warp per row   4 rows per block, the row in registers, read once in vectors of 16 bytes: C a multiple of the vector
//                  and at most 32 * kVectors vectors, every pointer aligned to 16 bytes.
//   block per row  256 threads, the row read three times, element by element: any C, any alignment.
#pragma once

#include "kernels/common/row.cuh"
#include "kernels/norm/layer_norm.h"

namespace gridstride {

constexpr int kNormWarps = 4;           // rows per block, warp per row
constexpr int kNormBlockThreads = 256;  // block per row

template <class T, int kVectors, bool kCentred>
__global__ void __launch_bounds__(kNormWarps* kWarpSize, 2) normalize_forward_warp_per_row(LayerNormForwardArgs args) {
  constexpr int kLength = kVectorLength<T>;
  const int64_t row = static_cast<int64_t>(blockIdx.x) * kNormWarps + warp_of_thread();
  if (row >= args.rows) return;
  const int64_t at = row * args.channels;
  const float scale = 1.0f / static_cast<float>(args.channels);
  float s[kVectors][kLength], sum = 0, squares = 0;
  for_each_vector<kVectors, kLength>(args.channels, [&](int i, int column) {
    load_floats(static_cast<const T*>(args.x) + at + column, s[i]);
    if (args.residual) {
      float added[kLength];
      load_floats(static_cast<const T*>(args.residual) + at + column, added);
#pragma unroll
      for (int j = 0; j < kLength; ++j) s[i][j] += added[j];
    }
    if (args.residual && args.sum) {
#pragma unroll
      for (int j = 0; j < kLength; ++j) s[i][j] = widen(narrow<T>(s[i][j]));
      store_floats(static_cast<T*>(args.sum) + at + column, s[i]);
    }
#pragma unroll
    for (int j = 0; j < kLength; ++j) sum += s[i][j];
  });
  const float mean = kCentred ? warp_reduce<Sum>(sum) * scale : 0.0f;
  for_each_vector<kVectors, kLength>(args.channels, [&](int i, int) {
#pragma unroll
    for (int j = 0; j < kLength; ++j) squares += (s[i][j] - mean) * (s[i][j] - mean);
  });
  const float inv_std = rsqrtf(warp_reduce<Sum>(squares) * scale + static_cast<float>(args.epsilon));
  if (lane_of_thread() == 0 && args.mean) static_cast<float*>(args.mean)[row] = mean;
  if (lane_of_thread() == 0 && args.inv_std) static_cast<float*>(args.inv_std)[row] = inv_std;
  for_each_vector<kVectors, kLength>(args.channels, [&](int i, int column) {
    float gamma[kLength], beta[kLength];
    load_parameters(args.gamma, args.parameter_dtype, column, 1.0f, gamma);
    load_parameters(args.beta, args.parameter_dtype, column, 0.0f, beta);
#pragma unroll
    for (int j = 0; j < kLength; ++j) s[i][j] = (s[i][j] - mean) * inv_std * gamma[j] + beta[j];
    store_floats(static_cast<T*>(args.y) + at + column, s[i]);
  });
}

template <class T, bool kCentred>
__global__ void __launch_bounds__(kNormBlockThreads, 2) normalize_forward_block_per_row(LayerNormForwardArgs args) {
  constexpr int kWarps = kNormBlockThreads / kWarpSize;
  const int64_t row = blockIdx.x, at = row * args.channels;
  const float scale = 1.0f / static_cast<float>(args.channels);
  const auto value = [&](int64_t c) {
    const float x = widen(static_cast<const T*>(args.x)[at + c]);
    if (!args.residual) return x;
    const float s = x + widen(static_cast<const T*>(args.residual)[at + c]);
    return args.sum ? widen(narrow<T>(s)) : s;
  };
  float sum = 0, squares = 0;
  for (int64_t c = threadIdx.x; c < args.channels && kCentred; c += kNormBlockThreads) sum += value(c);
  const float mean = kCentred ? block_reduce<Sum, kWarps>(sum) * scale : 0.0f;
  for (int64_t c = threadIdx.x; c < args.channels; c += kNormBlockThreads)
    squares += (value(c) - mean) * (value(c) - mean);
  const float inv_std = rsqrtf(block_reduce<Sum, kWarps>(squares) * scale + static_cast<float>(args.epsilon));
  if (threadIdx.x == 0 && args.mean) static_cast<float*>(args.mean)[row] = mean;
  if (threadIdx.x == 0 && args.inv_std) static_cast<float*>(args.inv_std)[row] = inv_std;
  for (int64_t c = threadIdx.x; c < args.channels; c += kNormBlockThreads) {
    float gamma[1], beta[1];
    load_parameters(args.gamma, args.parameter_dtype, c, 1.0f, gamma);
    load_parameters(args.beta, args.parameter_dtype, c, 0.0f, beta);
    const float s = value(c);
    if (args.residual && args.sum) static_cast<T*>(args.sum)[at + c] = narrow<T>(s);
    static_cast<T*>(args.y)[at + c] = narrow<T>((s - mean) * inv_std * gamma[0] + beta[0]);
  }
}

}  // namespace gridstride
