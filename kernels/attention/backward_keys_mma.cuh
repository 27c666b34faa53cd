// Attention backward on the tensor cores, bf16 and f16: dk, dv and d_col (formula and source: attention.h).
//   block   4 warps take 64 kM keys of one sequence and key/value head, 16 kM a warp, and pass over the queries that
//   see
//           them, of one head of the group after the other: sums come in a fixed order.
//   memory  keys and values, and two stages of queries and gradients that cp.async fills one ahead, in swizzled tiles
//           (see forward_mma.cuh).
//   sums    f32. Scores are made transposed, a row per key, so that weights and score gradients, rounded to T, go to
//           the products with g and q in registers.
// dq has a kernel of its own that makes the weights again: 7 products in all where 5 would do, but no sums of dq in
// device memory, which would cost 8 bytes of traffic an element of dq and key tile, and no atomics.
#pragma once

#include "kernels/attention/backward_mma.cuh"
#include "kernels/attention/bucket_sums.cuh"

namespace gridstride {

template <int kWidth, class Scores>
struct BackwardKeysShape {
  static constexpr int kM = kWidth <= 64 && Scores::kPlain ? 2 : 1;    // 16-row tiles of keys a warp
  static constexpr int kRows = 64 * kM;                                // keys a block
  static constexpr int kQueries = kWidth <= 64 ? 64 : 32;              // a stage
  static constexpr int kChunk = 32;                                    // queries whose scores are in registers
  static constexpr int kKept = kWidth > 64 && Scores::kPlain ? 4 : 0;  // steps of the values in registers
};

template <class T, int kD, class Scores>
__global__ void __launch_bounds__(kAttentionThreads, 2)
    attention_backward_keys_mma(AttentionBackwardArgs args, AttentionWork work, AttentionRows rows) {
  using Shape = BackwardKeysShape<kD, Scores>;
  constexpr int kM = Shape::kM, kN = Shape::kChunk / 8, kQueries = Shape::kQueries;
  using Keys = Tile<T, Shape::kRows, kD>;
  using Queries = Tile<T, kQueries, kD>;
  DYN_SHARED(shared);
  const Keys k(shared.take<T>(Keys::kCount)), v(shared.take<T>(Keys::kCount));
  T *const q0 = shared.take<T>(Queries::kCount), *const q1 = shared.take<T>(Queries::kCount);
  T *const g0 = shared.take<T>(Queries::kCount), *const g1 = shared.take<T>(Queries::kCount);
  float* const row_values = shared.take<float>(4 * kQueries);  // by stage: lse, delta
  SHARED_ARRAY(AttentionPlace, place, 1);
  SHARED_ARRAY(AttentionReach, reaches, kAttentionThreads / kWarpSize);
  const AttentionProblem& p = args.problem;
  const uint16_t* const buckets = take_buckets<Scores>(shared, p);
  float* const sum_tiles = take_bucket_tiles<Scores>(shared, args.d_col);
  const int columns = static_cast<int>(p.head_size);
  find_place<Shape::kRows>(place, p, work, p.kv_heads);
  if (place->tile.b >= 0) {
    const int row_of_warp = warp_of_thread() * 16 * kM;
    if (lane_of_thread() == 0)
      reaches[warp_of_thread()] = queries_reached(place->band, place->tile.first + row_of_warp, 16 * kM);
    const int group = static_cast<int>(p.heads / p.kv_heads);
    {
      const int64_t row = place->tile.kv_begin + place->tile.first, at = place->head * p.head_size;
      const int count = place->tile.skv - place->tile.first;
      using Source = TileSource<T, Shape::kRows, kD, kAttentionThreads>;
      Source(static_cast<const T*>(args.k) + row * p.k_stride + at, p.k_stride, columns).copy_async(k, 0, count);
      Source(static_cast<const T*>(args.v) + row * p.v_stride + at, p.v_stride, columns).copy_async(v, 0, count);
      ptx::cp_async_commit();
    }
    const auto fetch = [&](int stage, int member, int i) {
      const int64_t h = place->head * group + member, begin = place->tile.q_begin, at = h * p.head_size;
      const int count = place->tile.sq;
      using Source = TileSource<T, kQueries, kD, kAttentionThreads>;
      Source(static_cast<const T*>(args.q) + begin * p.q_stride + at, p.q_stride, columns)
          .copy_async(Queries(stage ? q1 : q0), i, count);
      Source(static_cast<const T*>(args.d_o) + begin * args.d_o_stride + at, args.d_o_stride, columns)
          .copy_async(Queries(stage ? g1 : g0), i, count);
      const int thread = static_cast<int>(threadIdx.x), query = i + thread % kQueries;
      const float* const from = (thread < kQueries ? rows.lse : rows.delta) + h * p.q_tokens + begin;
      if (thread < 2 * kQueries)
        ptx::cp_async<4>(ptx::shared_address(row_values + 2 * kQueries * stage + thread),
                         query < count ? from + query : from, query < count ? 4 : 0);
      ptx::cp_async_commit();
    };
    const LeftOperand<T, kM, Shape::kRows, kD, 0> left_k(k, row_of_warp);
    LeftOperand<T, kM, Shape::kRows, kD, Shape::kKept> left_v(v, row_of_warp);
    float dk[kM][kD / 8][4] = {}, dv[kM][kD / 8][4] = {};
    const auto sums_of = [&](int64_t head) {
      return BucketSums(args.d_col, p, place->tile.kv_begin + place->tile.first, head,
                        place->tile.skv - place->tile.first);
    };
    for (int h = 0; h < group && sum_tiles; ++h)
      sums_of(place->head * group + h).clear(row_of_warp, 16 * kM, p.bias.relative.buckets);
    int i = place->visits.begin / kQueries * kQueries, member = i < place->visits.end ? 0 : group, stage = 0;
    if (member < group) fetch(0, 0, i);
    if (left_v.kKeepsAny && member < group) {
      ptx::cp_async_wait<1>();
      __syncthreads();  // keys and values are there
      left_v.load();
    }
    while (member < group) {
      ptx::cp_async_wait<0>();
      __syncthreads();  // this stage is filled, the other has been read
      const int at = i, head = static_cast<int>(place->head) * group + member;
      i += kQueries;
      if (i >= place->visits.end) i = place->visits.begin / kQueries * kQueries, ++member;
      if (member < group) fetch(stage ^ 1, member, i);
      const Scores scores(p, *place, head, buckets);
      const Queries q(stage ? q1 : q0), g(stage ? g1 : g0);
#pragma unroll 1
      for (int c = 0; c < kQueries; c += Shape::kChunk) {
        const AttentionReach& seen = reaches[warp_of_thread()];
        if (!seen.any(at + c, Shape::kChunk)) continue;
        float s[kM][kN][4] = {}, dp[kM][kN][4] = {};
        multiply_transposed<T>(s, left_k, q, c);
        finish_scores<true, T>(s, scores, place->band, seen.all(at + c, Shape::kChunk), at + c,
                               place->tile.first + row_of_warp);
        multiply_transposed<T>(dp, left_v, g, c);
        const float* const values = row_values + 2 * kQueries * stage + c + 2 * (lane_of_thread() % 4);
        score_gradients<true>(
            s, dp, scores, p, at + c, place->tile.first + row_of_warp,
            [&](int, int n, int e) { return values[8 * n + e % 2]; },
            [&](int, int n, int e) { return values[kQueries + 8 * n + e % 2]; });
        multiply<T>(dv, s, g, c);
        multiply<T>(dk, dp, q, c);
        if constexpr (Scores::kRelative)
          if (sum_tiles)
            add_to_buckets<true>(sums_of(head), row_of_warp, dp, scores, at + c, place->tile.first + row_of_warp,
                                 sum_tiles + warp_of_thread() * kBucketRows * kBucketPitch);
      }
      stage ^= 1;
    }
    ptx::cp_async_wait<0>();
    __syncthreads();  // keys and values are there, and have been read: the gradients go to their place
    const float keep = Scores::kPlain ? 1.0f : kept_scale(p), scale = static_cast<float>(p.scale);
    put_accumulators<T>(k, row_of_warp, dk, [&](int, int) { return scale; });
    put_accumulators<T>(v, row_of_warp, dv, [&](int, int) { return keep; });
    __syncwarp();
    const int64_t row = place->tile.kv_begin + place->tile.first + row_of_warp, to = place->head * p.head_size;
    const int left = place->tile.skv - place->tile.first - row_of_warp;
    store_rows<T, 16 * kM>(k, row_of_warp, static_cast<T*>(args.dk) + row * args.dk_stride + to, args.dk_stride, left,
                           columns);
    store_rows<T, 16 * kM>(v, row_of_warp, static_cast<T*>(args.dv) + row * args.dv_stride + to, args.dv_stride, left,
                           columns);
  }
  const int64_t end = kv_padding(p);
  clear_padding(static_cast<T*>(args.dk), args.dk_stride, p.kv_heads * p.head_size, end, p.kv_tokens);
  clear_padding(static_cast<T*>(args.dv), args.dv_stride, p.kv_heads * p.head_size, end, p.kv_tokens);
  if constexpr (Scores::kRelative) clear_bucket_padding(args.d_col, p, end, p.kv_tokens);
}

}  // namespace gridstride
