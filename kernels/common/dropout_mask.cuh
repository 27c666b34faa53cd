// Dropout within kernels that fuse it (formula: random/dropout.h). The launcher makes the parameters, a thread its
// mask.
#pragma once

#include "kernels/common/platform.cuh"
#include "kernels/math/philox.h"

namespace gridstride {

struct MaskParameters {
  RandomStream stream;
  uint32_t threshold;
  float scale;
  int32_t drops;
};

inline MaskParameters mask_parameters(const ElementDropout& dropout) {
  return {dropout.stream, dropout_threshold(dropout.p), static_cast<float>(dropout_scale(dropout.p)), dropout.p > 0};
}

class DropoutMask {
 public:
  __device__ __forceinline__ explicit DropoutMask(const MaskParameters& parameters)
      : parameters_(parameters), seed_(0), base_(0) {
    if (parameters.drops == 0) return;
    seed_ = static_cast<uint64_t>(parameters.stream.state[0]);
    base_ = static_cast<uint64_t>(parameters.stream.state[1]) + static_cast<uint64_t>(parameters.stream.delta);
  }

  // x, elements `first` and on of the tensor, through dropout; first and kLength are multiples of 4.
  template <int kLength>
  __device__ __forceinline__ void apply(float (&x)[kLength], int64_t first) const {
    if (parameters_.drops == 0) return;
#pragma unroll
    for (int j = 0; j < kLength; j += 4) {
      const Philox4 words = philox(seed_, base_ + static_cast<uint64_t>((first + j) / 4));
#pragma unroll
      for (int k = 0; k < 4; ++k) x[j + k] = words.word[k] >= parameters_.threshold ? x[j + k] * parameters_.scale : 0;
    }
  }

  // The same for vectors and for single elements anywhere.
  template <int kLength>
  __device__ __forceinline__ void apply_any(float (&x)[kLength], int64_t first) const {
    if constexpr (kLength == 1)
      x[0] = apply(x[0], first);
    else
      apply(x, first);
  }

  // One element anywhere.
  __device__ __forceinline__ float apply(float x, int64_t element) const {
    if (parameters_.drops == 0) return x;
    const Philox4 words = philox(seed_, base_ + static_cast<uint64_t>(element / 4));
    const int k = static_cast<int>(element % 4);
    const uint32_t low = k % 2 == 0 ? words.word[0] : words.word[1];
    const uint32_t high = k % 2 == 0 ? words.word[2] : words.word[3];
    return (k < 2 ? low : high) >= parameters_.threshold ? x * parameters_.scale : 0;
  }

 private:
  const MaskParameters& parameters_;
  uint64_t seed_, base_;
};

}  // namespace gridstride
