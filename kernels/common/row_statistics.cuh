// Mean and inverse standard deviation of a row in f32, the variance from the deviations, and the row normalised by
// them: y = (s - mean) * inv_std * gamma + beta. Without centring the mean is zero.
#pragma once

#include "kernels/common/row.cuh"

namespace gridstride {

struct RowStatistics {
  float mean, inv_std;
};

// Of a row in the registers of a warp (for_each_vector).
template <bool kCentred, int kVectors, int kLength>
__device__ __forceinline__ RowStatistics warp_statistics(const float (&s)[kVectors][kLength], int64_t channels,
                                                         double epsilon) {
  const float scale = 1.0f / static_cast<float>(channels);
  float sum = 0, squares = 0;
  for_each_vector<kVectors, kLength>(channels, [&](int i, int) {
#pragma unroll
    for (int j = 0; j < kLength; ++j) sum += s[i][j];
  });
  const float mean = kCentred ? warp_reduce<Sum>(sum) * scale : 0.0f;
  for_each_vector<kVectors, kLength>(channels, [&](int i, int) {
#pragma unroll
    for (int j = 0; j < kLength; ++j) squares += (s[i][j] - mean) * (s[i][j] - mean);
  });
  return {mean, rsqrtf(warp_reduce<Sum>(squares) * scale + static_cast<float>(epsilon))};
}

// Of a row whose element c is value(c), by a block of kWarps warps.
template <bool kCentred, int kWarps, class Value>
__device__ __forceinline__ RowStatistics block_statistics(int64_t channels, double epsilon, Value&& value) {
  const float scale = 1.0f / static_cast<float>(channels);
  float sum = 0, squares = 0;
  for (int64_t c = threadIdx.x; c < channels && kCentred; c += kWarps * kWarpSize) sum += value(c);
  const float mean = kCentred ? block_reduce<Sum, kWarps>(sum) * scale : 0.0f;
  for (int64_t c = threadIdx.x; c < channels; c += kWarps * kWarpSize) squares += (value(c) - mean) * (value(c) - mean);
  return {mean, rsqrtf(block_reduce<Sum, kWarps>(squares) * scale + static_cast<float>(epsilon))};
}

// Saved by one thread of the row's; null: not kept.
__device__ __forceinline__ void save_statistics(const RowStatistics& statistics, int64_t row, void* mean,
                                                void* inv_std) {
  if (mean) static_cast<float*>(mean)[row] = statistics.mean;
  if (inv_std) static_cast<float*>(inv_std)[row] = statistics.inv_std;
}

// Elements `column` and on of the row; null gamma and beta are 1 and 0.
template <int kLength>
__device__ __forceinline__ void normalize(float (&s)[kLength], const RowStatistics& statistics, int64_t column,
                                          const void* gamma_row, const void* beta_row, DType dtype) {
  float gamma[kLength], beta[kLength];
  load_parameters(gamma_row, dtype, column, 1.0f, gamma);
  load_parameters(beta_row, dtype, column, 0.0f, beta);
#pragma unroll
  for (int j = 0; j < kLength; ++j) s[j] = (s[j] - statistics.mean) * statistics.inv_std * gamma[j] + beta[j];
}

// s as T holds it.
template <class T, int kLength>
__device__ __forceinline__ void round_floats(float (&s)[kLength]) {
#pragma unroll
  for (int j = 0; j < kLength; ++j) s[j] = widen(narrow<T>(s[j]));
}

}  // namespace gridstride
