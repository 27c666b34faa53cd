// Attention forward on the tensor cores, bf16 and f16 (formula and source: attention.h).
//   block   4 warps take 128 queries (64 with a relative bias) of one sequence and head, and pass over the keys they
//   see. memory  queries, and two stages of 64 (32 for wide heads) keys and values that cp.async fills one ahead, in
//   swizzled tiles kD columns wide;
//           columns past the head size are zeros that are never in device memory.
//   sums    f32; weights go to the second product in registers, rounded to T, their sum unrounded.
//   masks   tiles no query sees are not visited, tiles all queries of a warp see whole are not tested pair by pair. A
//           value (not a key) that is NaN or infinite also reaches queries of its tile that do not see it.
// Pointers aligned to 16 bytes, token strides and head size multiples of 8, head size at most kD; any lengths.
#pragma once

#include "kernels/attention/products.cuh"
#include "kernels/attention/softmax_tile.cuh"

namespace gridstride {

// 16-row tiles of queries a warp, and queries a block.
template <class Scores>
constexpr int kForwardM = Scores::kRelative ? 1 : 2;
template <class Scores>
constexpr int kForwardRows = 64 * kForwardM<Scores>;
// Keys a stage: as many as leave the accumulators in registers.
template <int kD>
constexpr int kForwardKeys = kD <= 64 ? 64 : 32;

template <int kM>
__device__ __forceinline__ void store_log_sums(float* lse, const OnlineSoftmax<kM>& softmax, float scale, int left) {
  const int lane = lane_of_thread();
#pragma unroll
  for (int m = 0; m < kM; ++m)
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const int row = 16 * m + 8 * half + lane / 4;
      if (lane % 4 == 0 && row < left) lse[row] = softmax.log_sum(m, half, scale);
    }
}

template <class T, int kD, class Scores>
__global__ void __launch_bounds__(kAttentionThreads, 2)
    attention_forward_mma(AttentionForwardArgs args, AttentionWork work) {
  constexpr int kKeys = kForwardKeys<kD>, kM = kForwardM<Scores>, kRows = kForwardRows<Scores>;
  using Queries = Tile<T, kRows, kD>;
  using Keys = Tile<T, kKeys, kD>;
  DYN_SHARED(shared);
  const Queries q(shared.take<T>(Queries::kCount));
  T *const k0 = shared.take<T>(Keys::kCount), *const k1 = shared.take<T>(Keys::kCount);
  T *const v0 = shared.take<T>(Keys::kCount), *const v1 = shared.take<T>(Keys::kCount);
  const auto keys = [&](int stage) { return Keys(stage ? k1 : k0); };
  const auto values = [&](int stage) { return Keys(stage ? v1 : v0); };
  SHARED_ARRAY(AttentionPlace, place, 1);
  const AttentionProblem& p = args.problem;
  const uint16_t* const buckets = take_buckets<Scores>(shared, p);
  const int columns = static_cast<int>(p.head_size);
  find_place<kRows>(place, p, work, p.heads);
  if (place->tile.b >= 0) {
    const int row_of_warp = warp_of_thread() * 16 * kM;
    const AttentionReach seen = keys_reached(place->band, place->tile.first + row_of_warp, 16 * kM);
    const int64_t kv_at = place->head / (p.heads / p.kv_heads) * p.head_size, kv_begin = place->tile.kv_begin;
    const TileSource<T, kKeys, kD, kAttentionThreads>  //
        from_k(static_cast<const T*>(args.k) + kv_begin * p.k_stride + kv_at, p.k_stride, columns),
        from_v(static_cast<const T*>(args.v) + kv_begin * p.v_stride + kv_at, p.v_stride, columns);
    const auto fetch = [&](int stage, int j) {
      from_k.copy_async(keys(stage), j, place->tile.skv);
      from_v.copy_async(values(stage), j, place->tile.skv);
      ptx::cp_async_commit();
    };
    {
      const AttentionTile tile = place->tile;
      const T* const rows =
          static_cast<const T*>(args.q) + (tile.q_begin + tile.first) * p.q_stride + place->head * p.head_size;
      TileSource<T, kRows, kD, kAttentionThreads>(rows, p.q_stride, columns).copy_async(q, 0, tile.sq - tile.first);
      ptx::cp_async_commit();
    }
    const Scores scores(p, *place, place->head, buckets);
    const float scale = exp2_scale<Scores>(p);
    LeftOperand<T, kM, kRows, kD, kD <= 32 ? kD / 16 : 0> left(q, row_of_warp);
    OnlineSoftmax<kM> softmax;
    float o[kM][kD / 8][4] = {};
    int j = next_keys<kKeys, Scores>(*place, place->visits.begin / kKeys * kKeys), stage = 0;
    fetch(0, j);
    if constexpr (left.kKeepsAny) {
      ptx::cp_async_wait<1>();
      __syncthreads();  // the queries are there
      left.load();
    }
    do {
      ptx::cp_async_wait<0>();
      __syncthreads();  // this stage is filled, the other has been read
      const int next = next_keys<kKeys, Scores>(*place, j + kKeys);
      if (next < place->visits.end) fetch(stage ^ 1, next);
      if (is_visited<kKeys, Scores>(seen, *place, j)) {
        float s[kM][kKeys / 8][4] = {};
        multiply_transposed<T>(s, left, keys(stage), 0);
        finish_scores<false, T>(s, scores, place->band, seen.all(j, kKeys), place->tile.first + row_of_warp, j);
        softmax.step(s, o, scale);
        if constexpr (!Scores::kPlain) drop_pairs<false>(s, scores, place->tile.first + row_of_warp, j);
        multiply<T>(o, s, values(stage), 0);
      }
      j = next, stage ^= 1;
    } while (j < place->visits.end);
    softmax.finish();
    __syncwarp();  // the warp's queries have been read: its output goes to their place
    const float keep = Scores::kPlain ? 1.0f : kept_scale(p);
    put_accumulators<T>(q, row_of_warp, o, [&](int m, int half) { return softmax.factor(m, half) * keep; });
    __syncwarp();
    const AttentionTile tile = place->tile;
    const int64_t row = tile.q_begin + tile.first + row_of_warp;
    const int left_rows = tile.sq - tile.first - row_of_warp;
    store_rows<T, 16 * kM>(q, row_of_warp, static_cast<T*>(args.o) + row * args.o_stride + place->head * p.head_size,
                           args.o_stride, left_rows, columns);
    if (args.lse)
      store_log_sums(static_cast<float*>(args.lse) + place->head * p.q_tokens + row, softmax, scale, left_rows);
  }
  if constexpr (!Scores::kPlain) report_buckets(p, work.faults);
  report_attention_segments(p, work.faults);
  const int64_t end = q_padding(p);
  clear_padding(static_cast<T*>(args.o), args.o_stride, p.heads * p.head_size, end, p.q_tokens);
  clear_padding_lse(static_cast<float*>(args.lse), p, end);
}

}  // namespace gridstride
