// Gradient of attention's dense bias: the scores' gradients, summed over the dimensions that the bias repeats. In f32
// FFMA for every dtype: 128 threads take 64 x 64 of its last two dimensions (the whole of a repeated one), pass over
// the sequences, heads and tiles that share them, always in one order, and sum at last what one dimension repeats.
#pragma once

#include "kernels/attention/backward_simt.cuh"

namespace gridstride {

struct BiasGradientShape {
  int64_t batch, heads, row_tiles, column_tiles;  // 1 where the dimension is repeated
};

// The 64 x 64 sums in `sums` become one row (column) where rows (columns) are repeated.
__device__ __forceinline__ void sum_repeated(float* sums, bool rows, bool columns) {
  const int thread = static_cast<int>(threadIdx.x);
  if (rows && thread < kSimtRows)
    for (int i = 1; i < kSimtRows; ++i) sums[thread] += sums[i * kSimtTilePitch + thread];
  __syncthreads();
  if (columns && thread < kSimtRows)
    for (int j = 1; j < kSimtRows; ++j) sums[thread * kSimtTilePitch] += sums[thread * kSimtTilePitch + j];
  __syncthreads();
}

__global__ void __launch_bounds__(kSimtThreads, 2)
    attention_backward_bias(AttentionBackwardArgs args, BiasGradientShape shape, AttentionRows rows,
                            const uint32_t* globals) {
  DYN_SHARED(shared);
  const SimtStage stage = {shared.take<float>(kSimtRows * kSimtPitch), shared.take<float>(kSimtDepth * 16 * 8)};
  float* const weights = shared.take<float>(kSimtRows * kSimtTilePitch);
  float* const sums = shared.take<float>(kSimtRows * kSimtTilePitch);  // the gradients of one tile, at last of all
  SHARED_ARRAY(AttentionPlace, place, 1);
  const AttentionProblem& p = args.problem;
  const bool repeats_rows = args.dbias_row_stride == 0, repeats_columns = args.dbias_col_stride == 0;
  int64_t index = blockIdx.x;
  const int column = static_cast<int>(index % shape.column_tiles) * kSimtRows;
  index /= shape.column_tiles;
  const int row = static_cast<int>(index % shape.row_tiles) * kSimtRows;
  index /= shape.row_tiles;
  const int64_t bias_head = index % shape.heads, bias_batch = index / shape.heads;
  const float keep = kept_scale(p);
  float total[8][4] = {};
  for (int64_t b = bias_batch; b < p.batch; b += shape.batch) {
    __syncthreads();  // the place has been read
    if (threadIdx.x == 0) {
      place->tile = attention_tile_at(p, b, 0);
      place->band = attention_band(p, place->tile, globals);
    }
    __syncthreads();
    const AttentionTile tile = place->tile;
    const int end_row = repeats_rows || tile.sq < row + kSimtRows ? tile.sq : row + kSimtRows;
    const int end_column = repeats_columns || tile.skv < column + kSimtRows ? tile.skv : column + kSimtRows;
    for (int64_t h = bias_head; h < p.heads; h += shape.heads) {
      const SimtHead head = simt_head(args, rows, tile, h);
      const ModifiedScores scores(p, *place, h);
      for (int i = row; i < end_row; i += kSimtRows)
        for (int j = column; j < end_column; j += kSimtRows) {
          if (!is_visited<kSimtRows, ModifiedScores>(keys_reached(place->band, i, kSimtRows), *place, j)) continue;
          float s[8][4], dp[8][4];
          simt_multiply_transposed(s, stage, head.q, i, head.k, j);
          simt_multiply_transposed(dp, stage, head.g, i, head.v, j);
          simt_put(weights, s);
          simt_put(sums, dp);
          simt_score_gradients<false>(weights, sums, scores, place->band, keep, i, j, head);
#pragma unroll
          for (int r = 0; r < 8; ++r)
#pragma unroll
            for (int c = 0; c < 4; ++c) total[r][c] += sums[(simt_y() + 8 * r) * kSimtTilePitch + simt_x() + 16 * c];
        }
    }
  }
  simt_put(sums, total);
  __syncthreads();
  sum_repeated(sums, repeats_rows, repeats_columns);
  const int64_t last_row = repeats_rows ? 1 : p.max_sq, last_column = repeats_columns ? 1 : p.max_skv;
  float* const dbias =
      static_cast<float*>(args.dbias) + bias_batch * args.dbias_batch_stride + bias_head * args.dbias_head_stride;
  for (int e = static_cast<int>(threadIdx.x); e < kSimtRows * kSimtRows; e += kSimtThreads) {
    const int64_t i = row + e / kSimtRows, j = column + e % kSimtRows;
    if (i < last_row && j < last_column)
      dbias[i * args.dbias_row_stride + j * args.dbias_col_stride] =
          sums[e / kSimtRows * kSimtTilePitch + e % kSimtRows];
  }
}

}  // namespace gridstride
