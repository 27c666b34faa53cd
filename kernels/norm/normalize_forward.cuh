// Layer norm forward, and without centring RMS norm, whose mean is zero and which has no beta (formulas, shapes and
// sources: layer_norm.h, rms_norm.h). Statistics in f32, the variance from the deviations. A kept sum is rounded first.
//   warp per row   4 rows per block, the row in registers, read once in vectors of 16 bytes: C a multiple of the vector
//                  and at most 32 * kVectors vectors, every pointer aligned to 16 bytes.
//   block per row  256 threads, the row (its sum, where that is kept) read three times, element by element: any C, any
//                  alignment.
#pragma once

#include "kernels/common/dropout_mask.cuh"
#include "kernels/common/row_statistics.cuh"
#include "kernels/norm/layer_norm.h"

namespace gridstride {

constexpr int kNormWarps = 4;           // rows per block, warp per row
constexpr int kNormBlockThreads = 256;  // block per row

template <class T, int kVectors, bool kCentred>
__global__ void __launch_bounds__(kNormWarps* kWarpSize, 2)
    normalize_forward_warp_per_row(LayerNormForwardArgs args, MaskParameters dropout) {
  constexpr int kLength = kVectorLength<T>;
  const int64_t row = static_cast<int64_t>(blockIdx.x) * kNormWarps + warp_of_thread();
  if (row >= args.rows) return;
  const int64_t at = row * args.channels;
  const DropoutMask mask(dropout);
  float s[kVectors][kLength];
  for_each_vector<kVectors, kLength>(args.channels, [&](int i, int column) {
    load_floats(static_cast<const T*>(args.x) + at + column, s[i]);
    mask.apply(s[i], at + column);
    if (args.residual) {
      float added[kLength];
      load_floats(static_cast<const T*>(args.residual) + at + column, added);
#pragma unroll
      for (int j = 0; j < kLength; ++j) s[i][j] += added[j];
    }
    if (args.sum && (args.residual || dropout.drops != 0)) {
      round_floats<T>(s[i]);
      store_floats(static_cast<T*>(args.sum) + at + column, s[i]);
    }
  });
  const RowStatistics statistics = warp_statistics<kCentred>(s, args.channels, args.epsilon);
  if (lane_of_thread() == 0) save_statistics(statistics, row, args.mean, args.inv_std);
  for_each_vector<kVectors, kLength>(args.channels, [&](int i, int column) {
    normalize(s[i], statistics, column, args.gamma, args.beta, args.parameter_dtype);
    store_floats(static_cast<T*>(args.y) + at + column, s[i]);
  });
}

template <class T, bool kCentred>
__global__ void __launch_bounds__(kNormBlockThreads, 2)
    normalize_forward_block_per_row(LayerNormForwardArgs args, MaskParameters dropout) {
  const int64_t row = blockIdx.x, at = row * args.channels;
  const DropoutMask mask(dropout);
  const bool keeps = args.sum && (args.residual || dropout.drops != 0);
  const auto sum_at = [&](int64_t c) {
    const float x = mask.apply(widen(static_cast<const T*>(args.x)[at + c]), at + c);
    return args.residual ? x + widen(static_cast<const T*>(args.residual)[at + c]) : x;
  };
  // Each thread reads back what it wrote itself.
  for (int64_t c = threadIdx.x; c < args.channels && keeps; c += kNormBlockThreads)
    static_cast<T*>(args.sum)[at + c] = narrow<T>(sum_at(c));
  const auto value = [&](int64_t c) { return keeps ? widen(static_cast<const T*>(args.sum)[at + c]) : sum_at(c); };
  const RowStatistics statistics =
      block_statistics<kCentred, kNormBlockThreads / kWarpSize>(args.channels, args.epsilon, value);
  if (threadIdx.x == 0) save_statistics(statistics, row, args.mean, args.inv_std);
  for (int64_t c = threadIdx.x; c < args.channels; c += kNormBlockThreads) {
    float s[1] = {value(c)};
    normalize(s, statistics, c, args.gamma, args.beta, args.parameter_dtype);
    static_cast<T*>(args.y)[at + c] = narrow<T>(s[0]);
  }
}

}  // namespace gridstride
