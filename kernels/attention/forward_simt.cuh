// Attention forward in f32 FFMA (formula and source: attention.h), for f32 and whatever forward_mma.cuh does not take.
//   block   128 threads take 64 queries of one sequence and head and 16 kN columns of the output (blockIdx.y: which),
//           and pass over the keys they see, 64 at a time; more columns cost the scores anew.
//   memory  operands staged as f32, element by element: any head size, stride and alignment.
#pragma once

#include "kernels/attention/simt_tile.cuh"

namespace gridstride {

// Scores of 64 queries from i0 and 64 keys from j0 on, in base 2, from their products; -inf where hidden.
__device__ __forceinline__ void simt_scores(float (&s)[8][4], const ModifiedScores& scores, const AttentionBand& band,
                                            int i0, int j0) {
#pragma unroll
  for (int r = 0; r < 8; ++r) {
    const int i = i0 + simt_y() + 8 * r;
#pragma unroll
    for (int c = 0; c < 4; ++c) {
      const int j = j0 + simt_x() + 16 * c;
      s[r][c] = band.sees(i, j) ? scores(s[r][c], i, j) : -kInfinity;
    }
  }
}

template <int kN>
__global__ void __launch_bounds__(kSimtThreads, 2)
    attention_forward_simt(AttentionForwardArgs args, AttentionWork work) {
  DYN_SHARED(shared);
  const SimtStage stage = {shared.take<float>(kSimtRows * kSimtPitch), shared.take<float>(kSimtDepth * 16 * 8)};
  float* const weights = shared.take<float>(kSimtRows * kSimtTilePitch);
  SHARED_ARRAY(AttentionPlace, place, 1);
  const AttentionProblem& p = args.problem;
  const int64_t column = static_cast<int64_t>(blockIdx.y) * 16 * kN;
  find_place<kSimtRows>(place, p, work, p.heads);
  const AttentionTile tile = place->tile;
  if (tile.b >= 0) {
    const int64_t h = place->head, kv_head = h / (p.heads / p.kv_heads);
    const SimtRows q = simt_rows(args.q, p, tile.q_begin, tile.sq, p.q_stride, h);
    const SimtRows k = simt_rows(args.k, p, tile.kv_begin, tile.skv, p.k_stride, kv_head);
    const SimtRows v = simt_rows(args.v, p, tile.kv_begin, tile.skv, p.v_stride, kv_head);
    const ModifiedScores scores(p, *place, h);
    float o[8][kN] = {}, largest[8], sum[8] = {};
#pragma unroll
    for (int r = 0; r < 8; ++r) largest[r] = -kInfinity;
    for (int j = next_simt_keys(*place, place->visits.begin); j < place->visits.end;
         j = next_simt_keys(*place, j + kSimtRows)) {
      float s[8][4];
      simt_multiply_transposed(s, stage, q, tile.first, k, j);
      simt_scores(s, scores, place->band, tile.first, j);
      const uint32_t kept = simt_kept<false>(scores, tile.first, j);
#pragma unroll
      for (int r = 0; r < 8; ++r) {
        const float top =
            simt_row_reduce(fmaxf(fmaxf(largest[r], fmaxf(s[r][0], s[r][1])), fmaxf(s[r][2], s[r][3])), LargerNumber());
        const float shift = top == -kInfinity ? 0.0f : top, fade = ptx::exp2_approx(largest[r] - shift);
        largest[r] = top;
        sum[r] *= fade;
#pragma unroll
        for (int c = 0; c < kN; ++c) o[r][c] *= fade;
#pragma unroll
        for (int c = 0; c < 4; ++c) {
          s[r][c] = ptx::exp2_approx(s[r][c] - shift);
          sum[r] += s[r][c];
          if (!(kept >> (4 * r + c) & 1)) s[r][c] = 0.0f;
        }
      }
      simt_put(weights, s);
      simt_multiply(o, weights, stage, v, j, column);
    }
    const float keep = kept_scale(p);
#pragma unroll
    for (int r = 0; r < 8; ++r) sum[r] = simt_row_reduce<Sum>(sum[r]);
    const int64_t row = tile.q_begin + tile.first, left = tile.sq - tile.first;
    simt_store(args.o, p.dtype, row * args.o_stride + h * p.head_size + column, args.o_stride, left,
               p.head_size - column, o, [&](int r) { return sum[r] == 0 ? 0.0f : keep / sum[r]; });
    if (args.lse && blockIdx.y == 0 && simt_x() == 0) {
#pragma unroll
      for (int r = 0; r < 8; ++r)
        if (simt_y() + 8 * r < left)
          static_cast<float*>(args.lse)[h * p.q_tokens + row + simt_y() + 8 * r] =
              ((largest[r] == -kInfinity ? 0.0f : largest[r]) + log2f(sum[r])) * kLn2;
    }
  }
  if (blockIdx.y > 0) return;
  report_buckets(p, work.faults);
  report_attention_segments(p, work.faults);
  const int64_t end = q_padding(p);
  simt_clear_padding(args.o, p.dtype, args.o_stride, p.heads * p.head_size, end, p.q_tokens);
  clear_padding_lse(static_cast<float*>(args.lse), p, end);
}

}  // namespace gridstride
