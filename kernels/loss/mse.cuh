// Mean squared error (formulas and shapes: mse.h); mapping, types, alignment and tails: pointwise.cuh.
#pragma once

#include "kernels/loss/mse.h"
#include "kernels/loss/pointwise.cuh"

namespace gridstride {

struct MseLoss {
  static constexpr bool kSlopeNeedsX = true;

  template <int kLength>
  static __device__ __forceinline__ void terms(const MseForwardArgs&, int64_t, float (&x)[kLength],
                                               const float (&t)[kLength]) {
#pragma unroll
    for (int j = 0; j < kLength; ++j) x[j] = (x[j] - t[j]) * (x[j] - t[j]);
  }
  template <int kLength>
  static __device__ __forceinline__ void slopes(const MseBackwardArgs&, int64_t, float (&x)[kLength],
                                                const float (&t)[kLength]) {
#pragma unroll
    for (int j = 0; j < kLength; ++j) x[j] = 2.0f * (x[j] - t[j]);
  }
};

}  // namespace gridstride
