// What attention's backward kernels on the tensor cores share: from the products of a tile to its weights and the
// gradients of its scores.
#pragma once

#include "kernels/attention/backward_rows.cuh"
#include "kernels/attention/products.cuh"

namespace gridstride {

// s: finished scores of a warp's queries from i on and keys from j on; they become weights, as dropout leaves them,
// less its factor. dp: products g . v; they become the scores' gradients. lse and delta are functions of (m, n, e).
template <bool kTransposed, class Scores, int kM, int kN, class Lse, class Delta>
__device__ __forceinline__ void score_gradients(float (&s)[kM][kN][4], float (&dp)[kM][kN][4], const Scores& scores,
                                                const AttentionProblem& p, int i, int j, Lse&& lse, Delta&& delta) {
  const float scale = exp2_scale<Scores>(p);
  uint32_t kept[kM] = {};
  float keep = 1.0f;
  if constexpr (!Scores::kPlain) {
    keep = kept_scale(p);
    if (scores.drops()) {
      kept_pairs<kTransposed, kM, kN>(kept, scores, i, j);
    } else {
#pragma unroll
      for (int m = 0; m < kM; ++m) kept[m] = ~0u;
    }
  }
#pragma unroll
  for (int m = 0; m < kM; ++m)
#pragma unroll
    for (int n = 0; n < kN; ++n)
#pragma unroll
      for (int e = 0; e < 4; ++e) {
        const float weight = ptx::exp2_approx(fmaf(s[m][n][e], scale, -lse(m, n, e)));
        if constexpr (Scores::kPlain) {
          s[m][n][e] = weight;
          dp[m][n][e] = weight * (dp[m][n][e] - delta(m, n, e));
        } else {
          const bool is_kept = kept[m] >> (4 * n + e) & 1;
          s[m][n][e] = is_kept ? weight : 0.0f;
          dp[m][n][e] = weight * ((is_kept ? dp[m][n][e] * keep : 0.0f) - delta(m, n, e));
        }
      }
}

}  // namespace gridstride
