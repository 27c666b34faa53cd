// Kullback-Leibler divergence (formulas and shapes: kl_div.h); mapping, types, alignment and tails: pointwise.cuh.
#pragma once

#include "kernels/loss/kl_div.h"
#include "kernels/loss/pointwise.cuh"

namespace gridstride {

struct KlDivLoss {
  static constexpr bool kSlopeNeedsX = false;

  template <int kLength>
  static __device__ __forceinline__ void terms(const KlDivForwardArgs& args, int64_t, float (&x)[kLength],
                                               const float (&t)[kLength]) {
#pragma unroll
    for (int j = 0; j < kLength; ++j) {
      if (args.log_target)
        x[j] = expf(t[j]) * (t[j] - x[j]);
      else
        x[j] = t[j] == 0.0f ? 0.0f : t[j] * (logf(t[j]) - x[j]);
    }
  }
  template <int kLength>
  static __device__ __forceinline__ void slopes(const KlDivBackwardArgs& args, int64_t, float (&x)[kLength],
                                                const float (&t)[kLength]) {
#pragma unroll
    for (int j = 0; j < kLength; ++j) x[j] = args.log_target ? -expf(t[j]) : -t[j];
  }
};

}  // namespace gridstride
