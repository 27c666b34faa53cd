// Gradients of a relative bias's terms: each row of score gradients summed by bucket. The block that holds a tile of
// queries (of keys) passes over all they see (are seen by), so that one warp alone adds to its rows of d_row (d_col),
// in a fixed order and without atomics: the main kernels do it beside their products.
//   warp  32 columns of a row at a time, a lane each: a scan sums runs of one bucket, the last lane of each adds to
//         device memory, neighbours to neighbours where buckets are. A bucket that comes in several runs is added to
//         in as many rounds. Some rows are under way at once.
#pragma once

#include "kernels/attention/scores.cuh"

namespace gridstride {

constexpr int kBucketRows = 16;   // of the tile through which a warp's fragments go
constexpr int kBucketPitch = 40;  // floats between its rows: four rows of a fragment lie in different banks

// Rows of one head of a term's gradient, (tokens, heads, buckets) f32.
struct BucketSums {
  float* first;
  int64_t stride;
  int rows;  // there are

  __device__ __forceinline__ BucketSums(void* gradient, const AttentionProblem& p, int64_t token, int64_t head,
                                        int count)
      : first(static_cast<float*>(gradient) + (token * p.heads + head) * p.bias.relative.buckets),
        stride(p.heads * p.bias.relative.buckets),
        rows(count) {}
  __device__ __forceinline__ float* row(int r) const { return first + r * stride; }

  // Rows [begin, begin + count), by one warp, which may add to them at once.
  __device__ __forceinline__ void clear(int begin, int count, int64_t buckets) const {
    for (int r = begin; r < begin + count && r < rows; ++r)
      for (int64_t c = lane_of_thread(); c < buckets; c += kWarpSize) row(r)[c] = 0.0f;
    __syncwarp();
  }
};

// The next part of a block's shared memory: a tile for each of its four warps. Null where the gradient is not wanted.
template <class Scores>
__device__ __forceinline__ float* take_bucket_tiles(SharedParts& shared, const void* gradient) {
  return !Scores::kRelative || !gradient ? nullptr : shared.take<float>(4 * kBucketRows * kBucketPitch);
}

// Zeros for tokens past the last sequence, by all blocks together.
__device__ __forceinline__ void clear_bucket_padding(void* gradient, const AttentionProblem& p, int64_t begin,
                                                     int64_t end) {
  const int64_t row = p.heads * p.bias.relative.buckets;
  if (gradient) clear_padding(static_cast<float*>(gradient), row, row, begin, end);
}

// The sum of the run of equal buckets up to this lane. `turn`: at the end of a run the number of runs of its bucket
// before it, else -1.
__device__ __forceinline__ float sum_run(float x, int bucket, int& turn) {
  const int lane = lane_of_thread();
  const int before = __shfl_up_sync(kAllLanes, bucket, 1);
  const unsigned starts = __ballot_sync(kAllLanes, lane == 0 || bucket != before);
  const int start = 31 - __clz(static_cast<int>(starts & (kAllLanes >> (31 - lane))));
#pragma unroll
  for (int distance = 1; distance < kWarpSize; distance *= 2) {
    const float other = __shfl_up_sync(kAllLanes, x, static_cast<unsigned>(distance));
    if (lane - distance >= start) x += other;
  }
  const bool is_end = lane == 31 || (starts >> (lane + 1) & 1);
  const unsigned same = __match_any_sync(kAllLanes, is_end ? bucket : -1);
  turn = is_end ? __popc(same & ((1u << lane) - 1)) : -1;
  return x;
}

// Adds rows [row, row + kCount) of `sums`, which lie in `tile` from its row 0 on, `pitch` floats apart, 32 columns
// each; bucket(r) is that of this lane's column in row r of `sums`. All lanes of the warp call.
template <int kCount, class Bucket>
__device__ __forceinline__ void add_to_buckets(const BucketSums& sums, int row, const float* tile, int pitch,
                                               Bucket&& bucket) {
  constexpr int kAtOnce = 4;
  static_assert(kCount % kAtOnce == 0);
#pragma unroll 1
  for (int r = 0; r < kCount && row + r < sums.rows; r += kAtOnce) {
    float x[kAtOnce];
    int c[kAtOnce], turn[kAtOnce];
#pragma unroll
    for (int n = 0; n < kAtOnce; ++n) {
      c[n] = bucket(row + r + n);
      x[n] = sum_run(tile[(r + n) * pitch + lane_of_thread()], c[n], turn[n]);
      if (row + r + n >= sums.rows) turn[n] = -1;
    }
    bool has_more = true;
#pragma unroll 1
    for (int round = 0; __any_sync(kAllLanes, has_more); ++round) {
      has_more = false;
      float old[kAtOnce];
#pragma unroll
      for (int n = 0; n < kAtOnce; ++n) old[n] = turn[n] == round ? sums.row(row + r + n)[c[n]] : 0.0f;
#pragma unroll
      for (int n = 0; n < kAtOnce; ++n) {
        if (turn[n] == round) sums.row(row + r + n)[c[n]] = old[n] + x[n];
        has_more |= turn[n] > round;
      }
      __syncwarp();
    }
  }
}

// The same for a warp's fragments ds of score gradients, 32 columns wide: rows are queries from i on and columns keys
// from j on, or the other way where kTransposed. `tile`: kBucketRows rows of shared memory that only this warp uses;
// `row`: the first of the fragments' in `sums`.
template <bool kTransposed, int kM>
__device__ __forceinline__ void add_to_buckets(const BucketSums& sums, int row, const float (&ds)[kM][4][4],
                                               const RelativeScores& scores, int i, int j, float* tile) {
  const int lane = lane_of_thread();
#pragma unroll
  for (int m = 0; m < kM; ++m) {
#pragma unroll
    for (int half = 0; half < 2; ++half)
#pragma unroll
      for (int n = 0; n < 4; ++n)
        store_vector<float, 2>(tile + (lane / 4 + 8 * half) * kBucketPitch + 8 * n + 2 * (lane % 4),
                               {ds[m][n][2 * half], ds[m][n][2 * half + 1]});
    __syncwarp();
    add_to_buckets<kBucketRows>(sums, row + 16 * m, tile, kBucketPitch, [&](int r) {
      const int line = r - row, column = lane;
      return scores.bucket(i + (kTransposed ? column : line), j + (kTransposed ? line : column));
    });
    __syncwarp();  // the tile has been read
  }
}

}  // namespace gridstride
