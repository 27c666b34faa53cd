// Attention backward in f32 FFMA (formula and source: attention.h), for f32 and whatever the tensor-core kernels do not
// take. 128 threads take 64 keys (for dk and dv) or 64 queries (for dq) of one sequence and head and 64 columns of the
// gradient (blockIdx.y: which), and pass over what they see, 64 at a time; more columns cost the scores anew. Sums over
// the heads of a group come in order. Operands: see simt_tile.cuh.
#pragma once

#include "kernels/attention/backward_rows.cuh"
#include "kernels/attention/bucket_sums.cuh"
#include "kernels/attention/simt_tile.cuh"

namespace gridstride {

// One sequence and query head.
struct SimtHead {
  SimtRows q, k, v, g;
  const float *lse, *delta;
};
__device__ __forceinline__ SimtHead simt_head(const AttentionBackwardArgs& args, const AttentionRows& rows,
                                              const AttentionTile& tile, int64_t h) {
  const AttentionProblem& p = args.problem;
  const int64_t kv_head = h / (p.heads / p.kv_heads), at = h * p.q_tokens + tile.q_begin;
  return {simt_rows(args.q, p, tile.q_begin, tile.sq, p.q_stride, h),
          simt_rows(args.k, p, tile.kv_begin, tile.skv, p.k_stride, kv_head),
          simt_rows(args.v, p, tile.kv_begin, tile.skv, p.v_stride, kv_head),
          simt_rows(args.d_o, p, tile.q_begin, tile.sq, args.d_o_stride, h),
          rows.lse + at,
          rows.delta + at};
}

// A thread's own elements of two 64 x 64 matrices in shared memory: products q . k become weights, as dropout leaves
// them, less its factor, and products g . v the scores' gradients; 0 for hidden pairs. Rows are queries, or keys where
// kTransposed.
template <bool kTransposed>
__device__ __forceinline__ void simt_score_gradients(float* weights, float* gradients, const ModifiedScores& scores,
                                                     const AttentionBand& band, float keep, int i0, int j0,
                                                     const SimtHead& head) {
#pragma unroll 1
  for (int pair = 0; pair < 32; ++pair) {
    const int row = simt_y() + 8 * (pair / 4), column = simt_x() + 16 * (pair % 4);
    const int i = i0 + (kTransposed ? column : row), j = j0 + (kTransposed ? row : column);
    float &s = weights[row * kSimtTilePitch + column], &dp = gradients[row * kSimtTilePitch + column];
    if (i < band.sq && band.sees(i, j)) {
      const float weight = ptx::exp2_approx(scores(s, i, j) - head.lse[i]);
      const bool is_kept = scores.keeps(i, j);
      dp = weight * ((is_kept ? dp * keep : 0.0f) - head.delta[i]);
      s = is_kept ? weight : 0.0f;
    } else {
      s = dp = 0.0f;
    }
  }
}

constexpr int kSimtWarpRows = kSimtRows * kWarpSize / kSimtThreads;

// The gradients' 64 x 64 matrix to the sums by bucket: a warp takes its rows. `i0`, `j0`: query and key of its corner.
template <bool kTransposed>
__device__ __forceinline__ void simt_add_to_buckets(const BucketSums& sums, const float* gradients,
                                                    const ModifiedScores& scores, int i0, int j0) {
  const int first = warp_of_thread() * kSimtWarpRows;
  __syncthreads();  // the matrix is there
  for (int c = 0; c < kSimtRows; c += kWarpSize)
    add_to_buckets<kSimtWarpRows>(sums, first, gradients + first * kSimtTilePitch + c, kSimtTilePitch, [&](int row) {
      const int column = c + lane_of_thread();
      return scores.bucket(i0 + (kTransposed ? column : row), j0 + (kTransposed ? row : column));
    });
}

__global__ void __launch_bounds__(kSimtThreads, 2)
    attention_backward_keys_simt(AttentionBackwardArgs args, AttentionWork work, AttentionRows rows) {
  DYN_SHARED(shared);
  const SimtStage stage = {shared.take<float>(kSimtRows * kSimtPitch), shared.take<float>(kSimtDepth * 16 * 8)};
  float* const weights = shared.take<float>(kSimtRows * kSimtTilePitch);
  float* const gradients = shared.take<float>(kSimtRows * kSimtTilePitch);
  SHARED_ARRAY(AttentionPlace, place, 1);
  const AttentionProblem& p = args.problem;
  const int64_t column = static_cast<int64_t>(blockIdx.y) * 64, group = p.heads / p.kv_heads;
  const float keep = kept_scale(p);
  find_place<kSimtRows>(place, p, work, p.kv_heads);
  const AttentionTile tile = place->tile;
  if (tile.b >= 0) {
    const bool sums_here = args.d_col && blockIdx.y == 0;
    float dk[8][4] = {}, dv[8][4] = {};
    for (int64_t h = place->head * group; h < (place->head + 1) * group; ++h) {
      const SimtHead head = simt_head(args, rows, tile, h);
      const ModifiedScores scores(p, *place, h);
      const BucketSums sums(args.d_col, p, tile.kv_begin + tile.first, h, tile.skv - tile.first);
      if (sums_here) sums.clear(warp_of_thread() * kSimtWarpRows, kSimtWarpRows, p.bias.relative.buckets);
      for (int i = place->visits.begin / kSimtRows * kSimtRows; i < place->visits.end; i += kSimtRows) {
        float s[8][4], dp[8][4];
        simt_multiply_transposed(s, stage, head.k, tile.first, head.q, i);
        simt_multiply_transposed(dp, stage, head.v, tile.first, head.g, i);
        simt_put(weights, s);
        simt_put(gradients, dp);
        simt_score_gradients<true>(weights, gradients, scores, place->band, keep, i, tile.first, head);
        if (sums_here) simt_add_to_buckets<true>(sums, gradients, scores, i, tile.first);
        simt_multiply(dv, weights, stage, head.g, i, column);
        simt_multiply(dk, gradients, stage, head.q, i, column);
      }
    }
    const int64_t row = tile.kv_begin + tile.first, left = tile.skv - tile.first;
    const int64_t to = place->head * p.head_size + column;
    const float scale = static_cast<float>(p.scale);
    simt_store(args.dk, p.dtype, row * args.dk_stride + to, args.dk_stride, left, p.head_size - column, dk,
               [&](int) { return scale; });
    simt_store(args.dv, p.dtype, row * args.dv_stride + to, args.dv_stride, left, p.head_size - column, dv,
               [&](int) { return keep; });
  }
  if (blockIdx.y > 0) return;
  const int64_t end = kv_padding(p), columns = p.kv_heads * p.head_size;
  simt_clear_padding(args.dk, p.dtype, args.dk_stride, columns, end, p.kv_tokens);
  simt_clear_padding(args.dv, p.dtype, args.dv_stride, columns, end, p.kv_tokens);
  clear_bucket_padding(args.d_col, p, end, p.kv_tokens);
}

__global__ void __launch_bounds__(kSimtThreads, 2)
    attention_backward_queries_simt(AttentionBackwardArgs args, AttentionWork work, AttentionRows rows) {
  DYN_SHARED(shared);
  const SimtStage stage = {shared.take<float>(kSimtRows * kSimtPitch), shared.take<float>(kSimtDepth * 16 * 8)};
  float* const weights = shared.take<float>(kSimtRows * kSimtTilePitch);
  float* const gradients = shared.take<float>(kSimtRows * kSimtTilePitch);
  SHARED_ARRAY(AttentionPlace, place, 1);
  const AttentionProblem& p = args.problem;
  const int64_t column = static_cast<int64_t>(blockIdx.y) * 64;
  const float keep = kept_scale(p);
  find_place<kSimtRows>(place, p, work, p.heads);
  const AttentionTile tile = place->tile;
  if (tile.b >= 0) {
    const SimtHead head = simt_head(args, rows, tile, place->head);
    const ModifiedScores scores(p, *place, place->head);
    const bool sums_here = args.d_row && blockIdx.y == 0;
    const BucketSums sums(args.d_row, p, tile.q_begin + tile.first, place->head, tile.sq - tile.first);
    if (sums_here) sums.clear(warp_of_thread() * kSimtWarpRows, kSimtWarpRows, p.bias.relative.buckets);
    float dq[8][4] = {};
    for (int j = next_simt_keys(*place, place->visits.begin); j < place->visits.end;
         j = next_simt_keys(*place, j + kSimtRows)) {
      float s[8][4], dp[8][4];
      simt_multiply_transposed(s, stage, head.q, tile.first, head.k, j);
      simt_multiply_transposed(dp, stage, head.g, tile.first, head.v, j);
      simt_put(weights, s);
      simt_put(gradients, dp);
      simt_score_gradients<false>(weights, gradients, scores, place->band, keep, tile.first, j, head);
      if (sums_here) simt_add_to_buckets<false>(sums, gradients, scores, tile.first, j);
      simt_multiply(dq, gradients, stage, head.k, j, column);
    }
    const float scale = static_cast<float>(p.scale);
    const int64_t row = tile.q_begin + tile.first;
    simt_store(args.dq, p.dtype, row * args.dq_stride + place->head * p.head_size + column, args.dq_stride,
               tile.sq - tile.first, p.head_size - column, dq, [&](int) { return scale; });
  }
  if (blockIdx.y > 0) return;
  const int64_t end = q_padding(p);
  simt_clear_padding(args.dq, p.dtype, args.dq_stride, p.heads * p.head_size, end, p.q_tokens);
  clear_bucket_padding(args.d_row, p, end, p.q_tokens);
}

}  // namespace gridstride
