// The sum of exp(x - top) over the elements met so far, top their maximum: rescaled when the maximum grows, so that a
// row is read once. Source: Milakov and Gimelshein, "Online normalizer calculation for softmax" (arXiv 1805.02867),
// algorithm 3.
#pragma once

#include "kernels/common/row.cuh"

namespace gridstride {

constexpr float kLog2E = 1.44269504088896340736f;

// e^x for x <= 0 or NaN; what would be subnormal is 0.
__device__ __forceinline__ float exp_negative(float x) { return ptx::exp2_approx(x * kLog2E); }

struct RunningSum {
  float top = -3.402823466e38f, sum = 0;

  template <int kLength>
  __device__ __forceinline__ void add(const float (&x)[kLength]) {
    float most = x[0];
#pragma unroll
    for (int j = 1; j < kLength; ++j) most = fmaxf(most, x[j]);
    if (most > top) rescale(most);
#pragma unroll
    for (int j = 0; j < kLength; ++j) sum += exp_negative(x[j] - top);
  }
  __device__ __forceinline__ void rescale(float most) {
    sum *= exp_negative(top - most);
    top = most;
  }
  // Of all threads of a block.
  template <int kWarps>
  __device__ __forceinline__ void join_block() {
    rescale(block_reduce<Max, kWarps>(top));
    sum = block_reduce<Sum, kWarps>(sum);
  }
};

}  // namespace gridstride
