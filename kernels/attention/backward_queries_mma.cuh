// Attention backward on the tensor cores, bf16 and f16: dq and d_row (formula and source: attention.h).
//   block   4 warps take 64 kM queries of one sequence and head, 16 kM a warp, and pass over the keys they see.
//   memory  queries and gradients, and two stages of keys and values that cp.async fills one ahead, in swizzled tiles
//           (see forward_mma.cuh).
//   sums    f32; score gradients, rounded to T, go to the product with k in registers.
#pragma once

#include "kernels/attention/backward_mma.cuh"
#include "kernels/attention/bucket_sums.cuh"

namespace gridstride {

template <int kWidth, class Scores>
struct BackwardQueriesShape {
  static constexpr int kM = kWidth <= 64 && !Scores::kRelative ? 2 : 1;  // 16-row tiles of queries a warp
  static constexpr int kRows = 64 * kM;                                  // queries a block
  static constexpr int kKeys = kWidth <= 64 ? 64 : 32;                   // a stage
  static constexpr int kChunk = 32;                                      // keys whose scores are in registers
  static constexpr int kKept = kWidth > 64 ? kWidth / 16 : 0;            // steps of left operands in registers
};

template <class T, int kD, class Scores>
__global__ void __launch_bounds__(kAttentionThreads, 2)
    attention_backward_queries_mma(AttentionBackwardArgs args, AttentionWork work, AttentionRows rows) {
  using Shape = BackwardQueriesShape<kD, Scores>;
  constexpr int kM = Shape::kM, kN = Shape::kChunk / 8, kKeys = Shape::kKeys;
  using Queries = Tile<T, Shape::kRows, kD>;
  using Keys = Tile<T, kKeys, kD>;
  DYN_SHARED(shared);
  const Queries q(shared.take<T>(Queries::kCount)), g(shared.take<T>(Queries::kCount));
  T *const k0 = shared.take<T>(Keys::kCount), *const k1 = shared.take<T>(Keys::kCount);
  T *const v0 = shared.take<T>(Keys::kCount), *const v1 = shared.take<T>(Keys::kCount);
  SHARED_ARRAY(AttentionPlace, place, 1);
  const AttentionProblem& p = args.problem;
  const uint16_t* const buckets = take_buckets<Scores>(shared, p);
  float* const sum_tiles = take_bucket_tiles<Scores>(shared, args.d_row);
  const int columns = static_cast<int>(p.head_size);
  find_place<Shape::kRows>(place, p, work, p.heads);
  if (place->tile.b >= 0) {
    const int row_of_warp = warp_of_thread() * 16 * kM;
    const AttentionReach seen = keys_reached(place->band, place->tile.first + row_of_warp, 16 * kM);
    const int64_t kv_at = place->head / (p.heads / p.kv_heads) * p.head_size, kv_begin = place->tile.kv_begin;
    const TileSource<T, kKeys, kD, kAttentionThreads> from_k(
        static_cast<const T*>(args.k) + kv_begin * p.k_stride + kv_at, p.k_stride, columns);
    const TileSource<T, kKeys, kD, kAttentionThreads> from_v(
        static_cast<const T*>(args.v) + kv_begin * p.v_stride + kv_at, p.v_stride, columns);
    const auto fetch = [&](int stage, int j) {
      from_k.copy_async(Keys(stage ? k1 : k0), j, place->tile.skv);
      from_v.copy_async(Keys(stage ? v1 : v0), j, place->tile.skv);
      ptx::cp_async_commit();
    };
    float lse[kM][2], delta[kM][2];
    {
      const int64_t row = place->tile.q_begin + place->tile.first, at = place->head * p.head_size;
      const int count = place->tile.sq - place->tile.first;
      using Source = TileSource<T, Shape::kRows, kD, kAttentionThreads>;
      Source(static_cast<const T*>(args.q) + row * p.q_stride + at, p.q_stride, columns).copy_async(q, 0, count);
      Source(static_cast<const T*>(args.d_o) + row * args.d_o_stride + at, args.d_o_stride, columns)
          .copy_async(g, 0, count);
      ptx::cp_async_commit();
#pragma unroll
      for (int m = 0; m < kM; ++m)
#pragma unroll
        for (int half = 0; half < 2; ++half) {
          const int r = row_of_warp + 16 * m + 8 * half + lane_of_thread() / 4;
          const int64_t value = place->head * p.q_tokens + row + r;
          lse[m][half] = r < count ? rows.lse[value] : kInfinity;
          delta[m][half] = r < count ? rows.delta[value] : 0.0f;
        }
    }
    const Scores scores(p, *place, place->head, buckets);
    const BucketSums sums(args.d_row, p, place->tile.q_begin + place->tile.first, place->head,
                          place->tile.sq - place->tile.first);
    if (sum_tiles) sums.clear(row_of_warp, 16 * kM, p.bias.relative.buckets);
    LeftOperand<T, kM, Shape::kRows, kD, Shape::kKept> left_q(q, row_of_warp), left_g(g, row_of_warp);
    float dq[kM][kD / 8][4] = {};
    int j = next_keys<kKeys, Scores>(*place, place->visits.begin / kKeys * kKeys), stage = 0;
    fetch(0, j);
    if constexpr (left_q.kKeepsAny) {
      ptx::cp_async_wait<1>();
      __syncthreads();  // queries and gradients are there
      left_q.load(), left_g.load();
    }
    do {
      ptx::cp_async_wait<0>();
      __syncthreads();  // this stage is filled, the other has been read
      const int next = next_keys<kKeys, Scores>(*place, j + kKeys);
      if (next < place->visits.end) fetch(stage ^ 1, next);
      const Keys k(stage ? k1 : k0), v(stage ? v1 : v0);
#pragma unroll 1
      for (int c = 0; c < kKeys; c += Shape::kChunk) {
        if (!is_visited<Shape::kChunk, Scores>(seen, *place, j + c)) continue;
        float s[kM][kN][4] = {}, dp[kM][kN][4] = {};
        multiply_transposed<T>(s, left_q, k, c);
        finish_scores<false, T>(s, scores, place->band, seen.all(j + c, Shape::kChunk), place->tile.first + row_of_warp,
                                j + c);
        multiply_transposed<T>(dp, left_g, v, c);
        score_gradients<false>(
            s, dp, scores, p, place->tile.first + row_of_warp, j + c, [&](int m, int, int e) { return lse[m][e / 2]; },
            [&](int m, int, int e) { return delta[m][e / 2]; });
        multiply<T>(dq, dp, k, c);
        if constexpr (Scores::kRelative)
          if (sum_tiles)
            add_to_buckets<false>(sums, row_of_warp, dp, scores, place->tile.first + row_of_warp, j + c,
                                  sum_tiles + warp_of_thread() * kBucketRows * kBucketPitch);
      }
      j = next, stage ^= 1;
    } while (j < place->visits.end);
    __syncwarp();  // the warp's queries have been read: their gradients go to their place
    const float scale = static_cast<float>(p.scale);
    put_accumulators<T>(q, row_of_warp, dq, [&](int, int) { return scale; });
    __syncwarp();
    const int64_t row = place->tile.q_begin + place->tile.first + row_of_warp;
    store_rows<T, 16 * kM>(q, row_of_warp, static_cast<T*>(args.dq) + row * args.dq_stride + place->head * p.head_size,
                           args.dq_stride, place->tile.sq - place->tile.first - row_of_warp, columns);
  }
  clear_padding(static_cast<T*>(args.dq), args.dq_stride, p.heads * p.head_size, q_padding(p), p.q_tokens);
  if constexpr (Scores::kRelative) clear_bucket_padding(args.d_row, p, q_padding(p), p.q_tokens);
}

}  // namespace gridstride
