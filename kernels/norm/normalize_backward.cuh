// Layer norm backward, and without centring RMS norm's (formulas, shapes and sources: layer_norm.h, rms_norm.h). f32
// sums. dgamma and dbeta (planes 0 and 1; RMS norm has no dbeta) in two stages, so that the bits depend on the shape
// alone: partial sums (parts, planes, C), then their sum in order.
//   warp per row   4 rows per block at a time, `parts` blocks; each lane sums dgamma and dbeta of its own columns in
//                  registers over its rows, the four warps meet in shared memory at the end. Limits as forward.
//   block per row  dx and dresidual alone; the partial sums come from normalize_backward_columns, which must run before
//                  it because they may lie where dy does. Any C, any alignment.
#pragma once

#include "kernels/common/row.cuh"
#include "kernels/norm/layer_norm.h"
#include "kernels/norm/normalize_forward.cuh"

namespace gridstride {

template <bool kCentred>
constexpr int kNormPlanes = kCentred ? 2 : 1;

// Sums over rows of dy * h and dy. A block of the two kernels that sum columns has 32 columns, 8 slices of rows.
constexpr int kNormSlices = 8;

// The sum over the four warps of every lane's vector `mine`, written to out + column of that element.
template <int kLength>
__device__ __forceinline__ void store_sum_of_warps(float* sums, const float (&mine)[kLength], int first_column,
                                                   int64_t channels, float* out) {
  constexpr int kTile = kWarpSize * kLength;
  __syncthreads();  // the sums of the call before have been read
#pragma unroll
  for (int j = 0; j < kLength; ++j) sums[warp_of_thread() * kTile + j * kWarpSize + lane_of_thread()] = mine[j];
  __syncthreads();
#pragma unroll
  for (int k = 0; k < kTile / (kNormWarps * kWarpSize); ++k) {
    const int e = k * kNormWarps * kWarpSize + static_cast<int>(threadIdx.x);
    const int column = first_column + e % kWarpSize * kLength + e / kWarpSize;
    float total = 0;
#pragma unroll
    for (int warp = 0; warp < kNormWarps; ++warp) total += sums[warp * kTile + e];
    if (column < channels) out[column] = total;
  }
}

template <class T, int kVectors, bool kCentred>
__global__ void __launch_bounds__(kNormWarps* kWarpSize, 2)
    normalize_backward_warp_per_row(LayerNormBackwardArgs args, MaskParameters dropout, float* parts) {
  constexpr int kLength = kVectorLength<T>;
  SHARED_ARRAY(float, sums, kNormWarps* kWarpSize* kLength);
  float dgamma[kVectors][kLength] = {}, dbeta[kVectors][kLength] = {};
  const float scale = 1.0f / static_cast<float>(args.channels);
  const DropoutMask mask(dropout);
  for (int64_t row = static_cast<int64_t>(blockIdx.x) * kNormWarps + warp_of_thread(); row < args.rows;
       row += static_cast<int64_t>(gridDim.x) * kNormWarps) {
    const int64_t at = row * args.channels;
    const float mean = kCentred ? static_cast<const float*>(args.mean)[row] : 0.0f;
    const float inv_std = static_cast<const float*>(args.inv_std)[row];
    float h[kVectors][kLength], g[kVectors][kLength], sum_g = 0, sum_gh = 0;
    for_each_vector<kVectors, kLength>(args.channels, [&](int i, int column) {
      float gamma[kLength];
      load_floats(static_cast<const T*>(args.x) + at + column, h[i]);
      load_floats(static_cast<const T*>(args.dy) + at + column, g[i]);
      load_parameters(args.gamma, args.parameter_dtype, column, 1.0f, gamma);
#pragma unroll
      for (int j = 0; j < kLength; ++j) {
        h[i][j] = (h[i][j] - mean) * inv_std;
        dgamma[i][j] += g[i][j] * h[i][j];
        if (kCentred) dbeta[i][j] += g[i][j];
        g[i][j] *= gamma[j];
        sum_g += g[i][j];
        sum_gh += g[i][j] * h[i][j];
      }
    });
    const float mean_g = kCentred ? warp_reduce<Sum>(sum_g) * scale : 0.0f;
    const float mean_gh = warp_reduce<Sum>(sum_gh) * scale;
    if (!args.dx && !args.dresidual) continue;
    for_each_vector<kVectors, kLength>(args.channels, [&](int i, int column) {
      float dsum[kLength] = {};
      if (args.dsum) load_floats(static_cast<const T*>(args.dsum) + at + column, dsum);
#pragma unroll
      for (int j = 0; j < kLength; ++j) g[i][j] = inv_std * (g[i][j] - mean_g - h[i][j] * mean_gh) + dsum[j];
      if (args.dresidual) store_floats(static_cast<T*>(args.dresidual) + at + column, g[i]);
      if (!args.dx) return;
      mask.apply(g[i], at + column);
      store_floats(static_cast<T*>(args.dx) + at + column, g[i]);
    });
  }
  if (!parts) return;
  float* part = parts + static_cast<int64_t>(blockIdx.x) * kNormPlanes<kCentred> * args.channels;
#pragma unroll
  for (int i = 0; i < kVectors; ++i) {
    store_sum_of_warps(sums, dgamma[i], i * kWarpSize * kLength, args.channels, part);
    if constexpr (kCentred)
      store_sum_of_warps(sums, dbeta[i], i * kWarpSize * kLength, args.channels, part + args.channels);
  }
}

// What slice 0 holds after: the sum over the slices of each column.
__device__ __forceinline__ float sum_of_slices(float* sums, float mine) {
  __syncthreads();
  sums[threadIdx.x] = mine;
  __syncthreads();
  float total = 0;
#pragma unroll
  for (int slice = 0; slice < kNormSlices; ++slice) total += sums[slice * kWarpSize + lane_of_thread()];
  return total;
}

// Block (x, y): columns 32 x ... 32 x + 31, rows y * rows_per_part and on.
template <class T, bool kCentred>
__global__ void __launch_bounds__(kNormSlices* kWarpSize, 2)
    normalize_backward_columns(LayerNormBackwardArgs args, float* parts, int64_t rows_per_part) {
  SHARED_ARRAY(float, sums, kNormSlices* kWarpSize);
  const int64_t column = static_cast<int64_t>(blockIdx.x) * kWarpSize + lane_of_thread();
  const int64_t first = static_cast<int64_t>(blockIdx.y) * rows_per_part;
  const int64_t end = first + rows_per_part < args.rows ? first + rows_per_part : args.rows;
  float dgamma = 0, dbeta = 0;
  for (int64_t row = first + warp_of_thread(); row < end && column < args.channels; row += kNormSlices) {
    const float dy = widen(static_cast<const T*>(args.dy)[row * args.channels + column]);
    const float x = widen(static_cast<const T*>(args.x)[row * args.channels + column]);
    const float mean = kCentred ? static_cast<const float*>(args.mean)[row] : 0.0f;
    dgamma += dy * ((x - mean) * static_cast<const float*>(args.inv_std)[row]);
    dbeta += dy;
  }
  const float all_gamma = sum_of_slices(sums, dgamma);
  const float all_beta = kCentred ? sum_of_slices(sums, dbeta) : 0.0f;
  if (warp_of_thread() != 0 || column >= args.channels) return;
  float* part = parts + static_cast<int64_t>(blockIdx.y) * kNormPlanes<kCentred> * args.channels;
  part[column] = all_gamma;
  if (kCentred) part[args.channels + column] = all_beta;
}

// dgamma and dbeta (null: not wanted) from `count` partial sums; block (x, y): 32 columns of plane y.
static __global__ void __launch_bounds__(kNormSlices* kWarpSize, 2)
    normalize_backward_finish(const float* parts, int count, int64_t channels, float* dgamma, float* dbeta) {
  SHARED_ARRAY(float, sums, kNormSlices* kWarpSize);
  float* gradient = blockIdx.y == 0 ? dgamma : dbeta;
  if (!gradient) return;
  const int64_t column = static_cast<int64_t>(blockIdx.x) * kWarpSize + lane_of_thread();
  const float* plane = parts + blockIdx.y * channels;
  float sum = 0;
  for (int part = warp_of_thread(); part < count && column < channels; part += kNormSlices)
    sum += plane[part * gridDim.y * channels + column];
  sum = sum_of_slices(sums, sum);
  if (warp_of_thread() == 0 && column < channels) gradient[column] = sum;
}

template <class T, bool kCentred>
__global__ void __launch_bounds__(kNormBlockThreads, 2)
    normalize_backward_block_per_row(LayerNormBackwardArgs args, MaskParameters dropout) {
  constexpr int kWarps = kNormBlockThreads / kWarpSize;
  const int64_t row = blockIdx.x, at = row * args.channels;
  const float scale = 1.0f / static_cast<float>(args.channels);
  const float mean = kCentred ? static_cast<const float*>(args.mean)[row] : 0.0f;
  const float inv_std = static_cast<const float*>(args.inv_std)[row];
  const DropoutMask mask(dropout);
  const auto h = [&](int64_t c) { return (widen(static_cast<const T*>(args.x)[at + c]) - mean) * inv_std; };
  const auto g = [&](int64_t c) {
    float gamma[1];
    load_parameters(args.gamma, args.parameter_dtype, c, 1.0f, gamma);
    return widen(static_cast<const T*>(args.dy)[at + c]) * gamma[0];
  };
  float sum_g = 0, sum_gh = 0;
  for (int64_t c = threadIdx.x; c < args.channels; c += kNormBlockThreads) {
    sum_g += g(c);
    sum_gh += g(c) * h(c);
  }
  const float mean_g = kCentred ? block_reduce<Sum, kWarps>(sum_g) * scale : 0.0f;
  const float mean_gh = block_reduce<Sum, kWarps>(sum_gh) * scale;
  for (int64_t c = threadIdx.x; c < args.channels; c += kNormBlockThreads) {
    const float dsum = args.dsum ? widen(static_cast<const T*>(args.dsum)[at + c]) : 0.0f;
    const float d = inv_std * (g(c) - mean_g - h(c) * mean_gh) + dsum;
    if (args.dresidual) static_cast<T*>(args.dresidual)[at + c] = narrow<T>(d);
    if (args.dx) static_cast<T*>(args.dx)[at + c] = narrow<T>(mask.apply(d, at + c));
  }
}

}  // namespace gridstride
