// From products q k to scores in base 2, and which pairs dropout keeps, for one sequence and query head. The kernels
// take a class of this kind as a template argument:
//   PlainScores     nothing is done pair by pair.
//   ModifiedScores  dropout, global keys, a dense bias; what each pair takes in the kernels without tensor cores.
//   RelativeScores  the same with a relative bias, whose lookups fill so many registers that tiles are narrower.
#pragma once

#include "kernels/attention/relative_bias.cuh"
#include "kernels/common/device.cuh"

namespace gridstride {

constexpr float kLog2E = 1.4426950408889634f, kLn2 = 0.6931471805599453f;
constexpr float kInfinity = __builtin_huge_valf();

// score = scale x product, with a scale above 0 and no global keys.
class PlainScores {
 public:
  static constexpr bool kPlain = true, kRelative = false;
  __device__ __forceinline__ PlainScores(const AttentionProblem&, const AttentionPlace&, int64_t, const uint16_t*) {}
};

// Which pairs of a head dropout keeps. It is made anew for each tile, so that no register holds it through the main
// loop.
class PairDropout {
 public:
  __device__ __forceinline__ PairDropout(const AttentionProblem& p, const AttentionPlace& place, int64_t head)
      : seed_(static_cast<uint64_t>(p.stream.state[0])),
        counter_(static_cast<uint64_t>(p.stream.state[1] + p.stream.delta + dropout_row(p, place.tile.b, head, 0))),
        groups_(static_cast<uint64_t>((p.max_skv + 3) / 4)),
        threshold_(dropout_threshold(p.dropout_p)),
        keeps_any_(p.dropout_p < 1) {}

  // Bit w: pair (i, 4 group + w) is kept.
  __device__ __forceinline__ uint32_t kept(int i, int group) const {
    const uint64_t counter = counter_ + static_cast<uint64_t>(i) * groups_ + static_cast<uint64_t>(group);
    const Philox4 random = philox(seed_, counter);
    uint32_t bits = 0;
#pragma unroll
    for (int w = 0; w < 4; ++w) bits |= static_cast<uint32_t>(random.word[w] >= threshold_ && keeps_any_) << w;
    return bits;
  }

 private:
  uint64_t seed_, counter_, groups_;
  uint32_t threshold_;
  bool keeps_any_;
};

class ModifiedScores {
 public:
  static constexpr bool kPlain = false, kRelative = false;
  __device__ __forceinline__ ModifiedScores(const AttentionProblem& p, const AttentionPlace& place, int64_t head,
                                            const uint16_t* = nullptr)
      : p_(p), place_(place), head_(head), scale_(static_cast<float>(p.scale * 1.4426950408889634)) {}

  // In base 2, for exp2. -inf past the sequence.
  __device__ __forceinline__ float operator()(float product, int i, int j) const {
    return i < place_.tile.sq && j < place_.tile.skv ? fmaf(product, scale_, bias(i, j) * kLog2E) : -kInfinity;
  }
  // The same for a warp's tile of products (see for_each_pair) of elements T; what lies past the sequence is anything.
  template <bool kTransposed, class T, int kM, int kN>
  __device__ __forceinline__ void finish(float (&s)[kM][kN][4], int i0, int j0) const;
  // Of a pair of the sequence, where the bias is relative.
  __device__ __forceinline__ int bucket(int i, int j) const { return RelativeBias(p_, place_, head_).bucket(i, j); }

  __device__ __forceinline__ bool drops() const { return p_.dropout_p > 0; }
  // Where drops().
  __device__ __forceinline__ PairDropout dropout() const { return {p_, place_, head_}; }
  __device__ __forceinline__ bool keeps(int i, int j) const {
    return !drops() || dropout().kept(i, j / 4) >> j % 4 & 1;
  }

 private:
  // Of a pair of the sequence.
  __device__ __forceinline__ float bias(int i, int j) const {
    if (p_.bias.kind == AttentionBiasKind::none) return 0.0f;
    if (p_.bias.kind == AttentionBiasKind::dense) return dense_bias(i, j);
    const DType dtype = p_.bias.relative.dtype;
    const RelativeBias relative(p_, place_, head_);
    if (dtype == DType::f32) return relative.at<float>(i, j);
    return dtype == DType::bf16 ? relative.at<BFloat16>(i, j) : relative.at<Float16>(i, j);
  }
  __device__ __forceinline__ float dense_bias(int i, int j) const {
    const AttentionDenseBias& bias = p_.bias.dense;
    const int64_t at =
        place_.tile.b * bias.batch_stride + head_ * bias.head_stride + i * bias.row_stride + j * bias.col_stride;
    if (bias.dtype == DType::f32) return static_cast<const float*>(bias.data)[at];
    if (bias.dtype == DType::bf16) return widen(static_cast<const BFloat16*>(bias.data)[at]);
    return widen(static_cast<const Float16*>(bias.data)[at]);
  }

 protected:
  const AttentionProblem& p_;
  const AttentionPlace& place_;
  int64_t head_;
  float scale_;
};

class RelativeScores : public ModifiedScores {
 public:
  static constexpr bool kRelative = true;
  // `staged`: what take_buckets gave.
  __device__ __forceinline__ RelativeScores(const AttentionProblem& p, const AttentionPlace& place, int64_t head,
                                            const uint16_t* staged)
      : ModifiedScores(p, place, head), staged_(staged) {}

  template <bool kTransposed, class T, int kM, int kN>
  __device__ __forceinline__ void finish(float (&s)[kM][kN][4], int i0, int j0) const;
  __device__ __forceinline__ int bucket(int i, int j) const {
    const StagedBias<float> bias(p_, place_, head_, staged_);
    return static_cast<int>(bias.bucket(bias.distance(i, j)));
  }

 private:
  template <bool kTransposed, class B, int kM, int kN>
  __device__ __forceinline__ void add_terms(float (&s)[kM][kN][4], int i0, int j0) const;

  const uint16_t* staged_;
};

// What finishes a product's score in exp2's argument: PlainScores leaves the scale to it.
template <class Scores>
__device__ __forceinline__ float exp2_scale(const AttentionProblem& p) {
  return Scores::kPlain ? static_cast<float>(p.scale * 1.4426950408889634) : 1.0f;
}

// What a kept weight is multiplied by.
__device__ __forceinline__ float kept_scale(const AttentionProblem& p) {
  if (p.dropout_p <= 0) return 1.0f;
  return p.dropout_p < 1 ? static_cast<float>(1 / (1 - p.dropout_p)) : 0.0f;
}

// A warp's tile of scores in mma fragments: rows are queries and columns keys, or the other way where kTransposed. i0
// and j0: query and key of its first row and column; j0 is a multiple of 8.
template <bool kTransposed, int kM, int kN, class Body>
__device__ __forceinline__ void for_each_pair(float (&s)[kM][kN][4], int i0, int j0, Body&& body) {
  const int lane = lane_of_thread();
#pragma unroll
  for (int m = 0; m < kM; ++m)
#pragma unroll
    for (int n = 0; n < kN; ++n)
#pragma unroll
      for (int e = 0; e < 4; ++e) {
        const int row = 16 * m + lane / 4 + e / 2 * 8, column = 8 * n + 2 * (lane % 4) + e % 2;
        body(s[m][n][e], i0 + (kTransposed ? column : row), j0 + (kTransposed ? row : column));
      }
}

template <bool kTransposed, class T, int kM, int kN>
__device__ __forceinline__ void ModifiedScores::finish(float (&s)[kM][kN][4], int i0, int j0) const {
  if (p_.bias.kind == AttentionBiasKind::none)
    for_each_pair<kTransposed>(s, i0, j0, [&](float& x, int, int) { x *= scale_; });
  else
    for_each_pair<kTransposed>(s, i0, j0, [&](float& x, int i, int j) {
      x = i < place_.tile.sq && j < place_.tile.skv ? fmaf(x, scale_, dense_bias(i, j) * kLog2E) : -kInfinity;
    });
}

// Pairs on a diagonal have one distance: its bucket is looked up once.
template <bool kTransposed, class B, int kM, int kN>
__device__ __forceinline__ void RelativeScores::add_terms(float (&s)[kM][kN][4], int i0, int j0) const {
  const StagedBias<B> bias(p_, place_, head_, staged_);
  const int line = lane_of_thread() / 4, column = 2 * (lane_of_thread() % 4);
  const int i = i0 + (kTransposed ? column : line), j = j0 + (kTransposed ? line : column);
  const int first = bias.distance(i, j);
#pragma unroll
  for (int diagonal = 1 - 2 * kM; diagonal < kN; ++diagonal)
#pragma unroll
    for (int e = 0; e < 2; ++e) {
      const int right = 8 * diagonal + e;
      const uint32_t bucket = bias.bucket(kTransposed ? first - right : first + right);
#pragma unroll
      for (int part = 0; part < 2 * kM; ++part) {
        const int n = diagonal + part, down = 8 * part, along = 8 * n + e;
        if (n < 0 || n >= kN) continue;
        float& x = s[part / 2][n][part % 2 * 2 + e];
        const float y = bias.at(i + (kTransposed ? along : down), j + (kTransposed ? down : along), bucket);
        x = fmaf(x, scale_, y * kLog2E);
      }
    }
}

template <bool kTransposed, class T, int kM, int kN>
__device__ __forceinline__ void RelativeScores::finish(float (&s)[kM][kN][4], int i0, int j0) const {
  if (p_.bias.relative.dtype == DType::f32)
    add_terms<kTransposed, float>(s, i0, j0);
  else
    add_terms<kTransposed, T>(s, i0, j0);
}

// -inf where the mask hides the key.
template <bool kTransposed, bool kGlobals, int kM, int kN>
__device__ __forceinline__ void hide_pairs(float (&s)[kM][kN][4], const AttentionBand& band, int i0, int j0) {
  const int lane = lane_of_thread();
  uint32_t words[(kN + 3) / 4] = {};  // of the lane's columns where they are keys: bit 8 n + e
  if constexpr (kGlobals && !kTransposed) {
#pragma unroll
    for (int w = 0; w < (kN + 3) / 4; ++w) words[w] = band.globals_at(j0 + 32 * w) >> 2 * (lane % 4);
  }
#pragma unroll
  for (int m = 0; m < kM; ++m)
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const int row = 16 * m + lane / 4 + half * 8, column = (kTransposed ? i0 : j0) + 2 * (lane % 4);
      AttentionSpan seen = kTransposed ? band.queries_of(j0 + row) : band.keys_of(i0 + row);
      if (kGlobals && kTransposed && band.is_global(j0 + row)) seen = band.queries_of_global(j0 + row);
      const int globals_end = band.globals_end(i0 + row);
#pragma unroll
      for (int n = 0; n < kN; ++n)
#pragma unroll
        for (int e = 2 * half; e < 2 * half + 2; ++e) {
          const int at = column + 8 * n + e % 2;
          const bool is_global = kGlobals && words[n / 4] >> (n % 4 * 8 + e % 2) & 1 && at < globals_end;
          if ((at < seen.begin || at >= seen.end) && !is_global) s[m][n][e] = -kInfinity;
        }
    }
}

// Scores of a warp's queries from i on and keys from j on, as far as they are no plain products.
template <bool kTransposed, class T, class Scores, int kM, int kN>
__device__ __forceinline__ void finish_scores(float (&s)[kM][kN][4], const Scores& scores, const AttentionBand& band,
                                              bool is_seen_whole, int i, int j) {
  if constexpr (!Scores::kPlain) scores.template finish<kTransposed, T>(s, i, j);
  if (!is_seen_whole) hide_pairs<kTransposed, !Scores::kPlain>(s, band, i, j);
}

// Which of a warp's pairs dropout keeps, where it drops: bit 4 n + e of bits[m]. One Philox call serves four pairs:
// lanes that share its keys each make one and exchange bits.
template <bool kTransposed, int kM, int kN>
__device__ __forceinline__ void kept_pairs(uint32_t (&bits)[kM], const ModifiedScores& scores, int i0, int j0) {
  static_assert(kN <= 8);
  const PairDropout dropout = scores.dropout();
  const int lane = lane_of_thread();
#pragma unroll
  for (int m = 0; m < kM; ++m) {
    uint32_t mine = 0;
    for (int n = 0; n < kN; ++n) {
      if constexpr (kTransposed) {  // lanes 4 apart share keys; each takes one of two key groups and two queries
        const int part = lane / 4 % 4;
        const int i = i0 + 8 * n + 2 * (lane % 4) + part % 2;
        mine |= dropout.kept(i, (j0 + 16 * m) / 4 + part / 2 * 2 + lane / 16) << (4 * n);
      } else {  // neighbours share keys; each takes one of two queries
        const int i = i0 + 16 * m + lane / 4 + lane % 2 * 8;
        mine |= dropout.kept(i, (j0 + 8 * n) / 4 + lane % 4 / 2) << (4 * n);
      }
    }
    bits[m] = 0;
    constexpr uint32_t kOnes = 0x11111111u;
    if constexpr (kTransposed) {
#pragma unroll
      for (int e = 0; e < 4; ++e) {
        const uint32_t theirs = __shfl_sync(kAllLanes, mine, (lane & ~12) | e << 2);
        bits[m] |= (theirs >> (lane / 4 % 4) & kOnes) << e;
      }
    } else {
      const uint32_t theirs = __shfl_xor_sync(kAllLanes, mine, 1);
      const bool odd = lane % 2 == 1;
      const uint32_t upper = odd ? theirs >> 2 : mine, lower = odd ? mine >> 2 : theirs;
      bits[m] = (upper & 3 * kOnes) | (lower & 3 * kOnes) << 2;
    }
  }
}

// 0 in place of the weights that dropout drops.
template <bool kTransposed, int kM, int kN>
__device__ __forceinline__ void drop_pairs(float (&s)[kM][kN][4], const ModifiedScores& scores, int i0, int j0) {
  if (!scores.drops()) return;
  uint32_t bits[kM];
  kept_pairs<kTransposed, kM, kN>(bits, scores, i0, j0);
#pragma unroll
  for (int m = 0; m < kM; ++m)
#pragma unroll
    for (int n = 0; n < kN; ++n)
#pragma unroll
      for (int e = 0; e < 4; ++e) s[m][n][e] = bits[m] >> (4 * n + e) & 1 ? s[m][n][e] : 0.0f;
}

}  // namespace gridstride
