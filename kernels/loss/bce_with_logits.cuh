// Binary cross-entropy from logits (formulas and shapes: bce_with_logits.h); mapping, types, alignment and tails:
// pointwise.cuh. The repeated weights come from a cache: one remainder a vector finds the first, the others follow it.
#pragma once

#include "kernels/loss/bce_with_logits.h"
#include "kernels/loss/pointwise.cuh"
#include "kernels/math/activation.h"

namespace gridstride {

struct BceWithLogitsLoss {
  static constexpr bool kSlopeNeedsX = true;

  // Elements i ... of a row that is repeated, 1 without one.
  template <int kLength>
  static __device__ __forceinline__ void load_repeated(const void* row, int64_t count, int64_t i, float (&w)[kLength]) {
    int64_t at = row ? i % count : 0;
#pragma unroll
    for (int j = 0; j < kLength; ++j) {
      w[j] = row ? static_cast<const float*>(row)[at] : 1.0f;
      at = at + 1 < count ? at + 1 : 0;
    }
  }
  // body(j, weight of the term, weight of its softplus)
  template <int kLength, class Args, class Body>
  static __device__ __forceinline__ void with_weights(const Args& args, int64_t i, const float (&t)[kLength],
                                                      Body&& body) {
    float weight[kLength], pos_weight[kLength];
    load_repeated(args.weight, args.weight_count, i, weight);
    load_repeated(args.pos_weight, args.pos_weight_count, i, pos_weight);
#pragma unroll
    for (int j = 0; j < kLength; ++j) body(j, weight[j], 1.0f + (pos_weight[j] - 1.0f) * t[j]);
  }

  template <int kLength>
  static __device__ __forceinline__ void terms(const BceWithLogitsForwardArgs& args, int64_t i, float (&x)[kLength],
                                               const float (&t)[kLength]) {
    with_weights(args, i, t, [&](int j, float weight, float softplus_weight) {
      const float softplus = log1pf(expf(-fabsf(x[j]))) + fmaxf(-x[j], 0.0f);
      x[j] = weight * ((1.0f - t[j]) * x[j] + softplus_weight * softplus);
    });
  }
  template <int kLength>
  static __device__ __forceinline__ void slopes(const BceWithLogitsBackwardArgs& args, int64_t i, float (&x)[kLength],
                                                const float (&t)[kLength]) {
    with_weights(args, i, t, [&](int j, float weight, float softplus_weight) {
      x[j] = weight * (softplus_weight * -sigmoid(-x[j]) + (1.0f - t[j]));
    });
  }
};

}  // namespace gridstride
