// What a warp of attention_decode does with 32 keys of the cache: scores, weights, weighted values. kTeam lanes hold a
// head and read a key together; lane l looks up key l and weighs it. Scores and weights pass through shared memory of
// the warp's own, kRows of a key side by side. Each lane adds the relative bias (attention_decode.h) of its key: rows'
// terms and positions lie in shared memory, so that no register holds them; terms and buckets are read where they are,
// for neighbouring lanes have neighbouring distances.
#pragma once

#include "kernels/attention/scores.cuh"
#include "kernels/common/row.cuh"

namespace gridstride {

// How kTeam lanes hold a head: each kVectors vectors of kLength elements, kTeam kLength apart; and kRows queries at
// once.
template <int kLength_, int kVectors_, int kTeam_, int kRows_>
struct DecodeShape {
  static constexpr int kLength = kLength_, kVectors = kVectors_, kTeam = kTeam_, kRows = kRows_;
  static constexpr int kElements = kLength * kVectors;                  // of a lane
  static constexpr int kWidth = kElements * kTeam;                      // of a head, padding included
  static constexpr int kTeams = kWarpSize / kTeam;                      // keys a warp takes in a step
  static constexpr int kSteps = kTeam;                                  // over a tile
  static constexpr int kAtOnce = kRows > 8 ? 1 : kVectors > 1 ? 2 : 4;  // steps that are loaded together

  // Blocks of a multiprocessor: as many as registers allow without spills.
  static constexpr int kBlocks = kRows < 8 ? 4 : (kElements <= 4 ? 3 : 2);

  // The column of this lane's element e.
  __device__ static __forceinline__ int column(int e) {
    return (e / kLength * kTeam + lane_of_thread() % kTeam) * kLength + e % kLength;
  }
};

// Adds x over lanes kFirst, kFirst / 2 ... kLast apart; a lane keeps half of the values at each distance as long as it
// has several. Afterwards x[0 ...] are sums, from kCount / n times the lane's place on among n = 2 kFirst / kLast
// lanes.
template <int kFirst, int kLast, int kCount, int kSize>
__device__ __forceinline__ void fold_lanes(float (&x)[kSize]) {
  if constexpr (kFirst >= kLast && kCount > 1) {
    const bool is_upper = lane_of_thread() & kFirst;
#pragma unroll
    for (int i = 0; i < kCount / 2; ++i) {
      const float mine = is_upper ? x[i + kCount / 2] : x[i], other = is_upper ? x[i] : x[i + kCount / 2];
      x[i] = mine + __shfl_xor_sync(kAllLanes, other, kFirst);
    }
    fold_lanes<kFirst / 2, kLast, kCount / 2>(x);
  } else if constexpr (kFirst >= kLast) {
    x[0] += __shfl_xor_sync(kAllLanes, x[0], kFirst);
    fold_lanes<kFirst / 2, kLast, 1>(x);
  }
}

template <class T, class Shape>
class DecodeTile {
  static constexpr int kElements = Shape::kElements, kAtOnce = Shape::kAtOnce, kTeam = Shape::kTeam;
  static constexpr int kRows = Shape::kRows;

 public:
  // Rows of `cache` are the slots' heads, `stride` apart; `weights` (32, kRows).
  __device__ __forceinline__ DecodeTile(int64_t stride, int head_size, float* weights)
      : stride_(stride), head_size_(head_size), weights_(weights) {}

  // Products of the rows of q (kRows, kWidth; scaled, in base 2) with the keys in `slot` of each lane; -1: none.
  __device__ __forceinline__ void multiply(const float* q, const T* cache, int slot) const {
#pragma unroll 1
    for (int step = 0; step < Shape::kSteps; step += kAtOnce) {
      float k[kAtOnce][kElements], s[kAtOnce * kRows] = {};
      load_steps(k, cache, slot, step);
#pragma unroll
      for (int r = 0; r < kRows; ++r)
#pragma unroll
        for (int i = 0; i < Shape::kVectors; ++i) {
          float x[Shape::kLength];
          load_floats(q + r * Shape::kWidth + Shape::column(i * Shape::kLength), x);
#pragma unroll
          for (int u = 0; u < kAtOnce; ++u)
#pragma unroll
            for (int e = 0; e < Shape::kLength; ++e) s[u * kRows + r] += x[e] * k[u][i * Shape::kLength + e];
        }
      fold_lanes<kTeam / 2, 1, kAtOnce * kRows>(s);
      put_scores(s, step);
    }
  }

  // Of this lane's key: a score, later a weight, for each row.
  __device__ __forceinline__ float* scores_of_lane() const { return weights_ + lane_of_thread() * kRows; }

  // Scores of key `j` (this lane's) become weights in base 2 less each row's largest score; the rows' sums and outputs
  // fade to it.
  template <int kSize>
  __device__ __forceinline__ void weigh(const AttentionSpan* seen, int j, bool is_there, float (&largest)[kRows],
                                        float (&sum)[kRows], float (&o)[kSize]) const {
    float s[kRows];
    load_floats(scores_of_lane(), s);
#pragma unroll
    for (int r = 0; r < kRows; ++r) {
      if (!is_there || j < seen[r].begin || j >= seen[r].end) s[r] = -kInfinity;
      const float top = Max()(largest[r], warp_reduce<Max>(s[r])), shift = top == -kInfinity ? 0.0f : top;
      const float fade = ptx::exp2_approx(largest[r] - shift);
      largest[r] = top;
      s[r] = ptx::exp2_approx(s[r] - shift);
      sum[r] = sum[r] * fade + s[r];
#pragma unroll
      for (int e = 0; e < kElements; ++e) o[r * kElements + e] *= fade;
    }
    store_floats(scores_of_lane(), s);
  }

  // o (kRows, kElements) += weights x the values in the slots.
  template <int kSize>
  __device__ __forceinline__ void add_values(const T* cache, int slot, float (&o)[kSize]) const {
#pragma unroll 1
    for (int step = 0; step < Shape::kSteps; step += kAtOnce) {
      float v[kAtOnce][kElements];
      load_steps(v, cache, slot, step);
#pragma unroll
      for (int u = 0; u < kAtOnce; ++u) {
        float w[kRows];
        load_floats(weights_ + key_of(step + u) * kRows, w);
#pragma unroll
        for (int r = 0; r < kRows; ++r)
#pragma unroll
          for (int e = 0; e < kElements; ++e) o[r * kElements + e] += w[r] * v[u][e];
      }
    }
  }

 private:
  __device__ __forceinline__ static int key_of(int step) { return step * Shape::kTeams + lane_of_thread() / kTeam; }

  // The keys of kAtOnce steps, as many at once as their loads.
  __device__ __forceinline__ void load_steps(float (&x)[kAtOnce][kElements], const T* cache, int slot, int step) const {
#pragma unroll
    for (int u = 0; u < kAtOnce; ++u) {
      const int64_t at = __shfl_sync(kAllLanes, slot, key_of(step + u));
#pragma unroll
      for (int i = 0; i < Shape::kVectors; ++i) {
        const int column = Shape::column(i * Shape::kLength);
        Vector<T, Shape::kLength> vector{};
        if (at >= 0 && column < head_size_) vector = load_vector<T, Shape::kLength>(cache + at * stride_ + column);
#pragma unroll
        for (int e = 0; e < Shape::kLength; ++e) x[u][i * Shape::kLength + e] = widen(vector.element[e]);
      }
    }
  }

  // What fold_lanes left, to its keys and rows.
  __device__ __forceinline__ void put_scores(const float (&s)[kAtOnce * kRows], int step) const {
    constexpr int kCount = kAtOnce * kRows, kKept = kCount > kTeam ? kCount / kTeam : 1;
    constexpr int kAlike = kCount > kTeam ? 1 : kTeam / kCount;  // lanes that kept the same
    const int member = lane_of_thread() % kTeam;
    if (member % kAlike != 0) return;
#pragma unroll
    for (int x = 0; x < kKept; ++x) {
      const int place = member / kAlike * kKept + x;
      weights_[key_of(step + place / kRows) * kRows + place % kRows] = s[x];
    }
  }

  int64_t stride_;
  int head_size_;
  float* weights_;
};

// Where the terms of head h begin for the query in row `token`.
__device__ __forceinline__ int64_t decode_terms(const AttentionRelativeBias& bias, int64_t token, int64_t h) {
  return token * bias.row.token_stride + h * bias.row.head_stride;
}

template <class B>
__device__ __forceinline__ void add_decode_bias_of(const AttentionRelativeBias& bias, const AttentionSpan* seen,
                                                   const int64_t* terms, int rows, int j, float* scores) {
#pragma unroll 1
  for (int r = 0; r < rows; ++r) {
    const int position = seen[r].end - 1;  // a query sees no key behind its own
    const int bucket = bucket_at(bias, bucket_place(bias.reach, j - position));
    scores[r] += kLog2E * widen(static_cast<const B*>(bias.row.data)[terms[r] + bucket]);
  }
}

// To the scores of key j, in base 2, of a block's first `rows` rows.
template <class T>
__device__ __forceinline__ void add_decode_bias(const AttentionRelativeBias& bias, const AttentionSpan* seen,
                                                const int64_t* terms, int rows, int j, float* scores) {
  if (!bias.row.data) return;
  if (bias.dtype == DType::f32)
    add_decode_bias_of<float>(bias, seen, terms, rows, j, scores);
  else
    add_decode_bias_of<T>(bias, seen, terms, rows, j, scores);
}

}  // namespace gridstride
