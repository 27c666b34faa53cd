// Online softmax over a warp's rows of scores, 16 kM of them, in mma fragments: lane l sees columns 2 (l % 4) and the
// next of rows l / 4 and l / 4 + 8. Base 2 throughout; the sums stay apart by lane until finish().
#pragma once

#include "kernels/attention/scores.cuh"

namespace gridstride {

template <int kM>
class OnlineSoftmax {
 public:
  __device__ __forceinline__ OnlineSoftmax() {
#pragma unroll
    for (int m = 0; m < kM; ++m)
#pragma unroll
      for (int half = 0; half < 2; ++half) largest_[m][half] = -kInfinity, sum_[m][half] = 0.0f;
  }

  // Scores s x scale (scale above 0) become weights less each row's shift; what was summed before, the output's
  // accumulators among it, fades to the new shift.
  template <int kN, int kO>
  __device__ __forceinline__ void step(float (&s)[kM][kN][4], float (&o)[kM][kO][4], float scale) {
#pragma unroll
    for (int m = 0; m < kM; ++m)
#pragma unroll
      for (int half = 0; half < 2; ++half) {
        float top = largest_[m][half];
#pragma unroll
        for (int n = 0; n < kN; ++n) top = fmaxf(top, fmaxf(s[m][n][2 * half], s[m][n][2 * half + 1]));
        top = fmaxf(top, __shfl_xor_sync(kAllLanes, top, 1));
        top = fmaxf(top, __shfl_xor_sync(kAllLanes, top, 2));
        const float shift = shift_of(top, scale);
        const float fade = ptx::exp2_approx(fmaf(largest_[m][half], scale, -shift));
        largest_[m][half] = top;
        float sum = sum_[m][half] * fade;
#pragma unroll
        for (int n = 0; n < kN; ++n)
#pragma unroll
          for (int e = 2 * half; e < 2 * half + 2; ++e) {
            s[m][n][e] = ptx::exp2_approx(fmaf(s[m][n][e], scale, -shift));
            sum += s[m][n][e];
          }
        sum_[m][half] = sum;
#pragma unroll
        for (int n = 0; n < kO; ++n) {
          o[m][n][2 * half] *= fade;
          o[m][n][2 * half + 1] *= fade;
        }
      }
  }

  // The row's sum over all lanes.
  __device__ __forceinline__ void finish() {
#pragma unroll
    for (int m = 0; m < kM; ++m)
#pragma unroll
      for (int half = 0; half < 2; ++half) {
        float& sum = sum_[m][half];
        sum += __shfl_xor_sync(kAllLanes, sum, 1);
        sum += __shfl_xor_sync(kAllLanes, sum, 2);
      }
  }
  // What the row's accumulators are multiplied by: 0 where no key was seen.
  __device__ __forceinline__ float factor(int m, int half) const {
    return sum_[m][half] == 0 ? 0.0f : 1.0f / sum_[m][half];
  }
  // Natural logarithm of the sum of exp(score); -inf where no key was seen.
  __device__ __forceinline__ float log_sum(int m, int half, float scale) const {
    return (shift_of(largest_[m][half], scale) + log2f(sum_[m][half])) * kLn2;
  }

 private:
  // A row that has seen no key yet has no largest score to shift by.
  __device__ __forceinline__ static float shift_of(float largest, float scale) {
    return largest == -kInfinity ? 0.0f : largest * scale;
  }

  float largest_[kM][2], sum_[kM][2];
};

}  // namespace gridstride
