// Lookups of a relative bias (attention.h) for one sequence and query head.
//   buckets  the tensor-core kernels stage those of the distances there can be in shared memory, 16 bits each; the
//   others
//            read the table itself. A bucket out of range counts as the last and is reported by the forward pass.
//   terms    read where they lie: those of a tile's rows lie close together for neighbouring keys, and stay in L1.
#pragma once

#include "kernels/attention/band.cuh"
#include "kernels/common/faults.cuh"

namespace gridstride {

// No distance is greater.
__host__ __device__ __forceinline__ int64_t attention_reach(const AttentionProblem& p) {
  const int64_t longest = p.max_sq > p.max_skv ? p.max_sq : p.max_skv;
  return p.bias.relative.reach < longest ? p.bias.relative.reach : longest;
}

// How many buckets are staged.
__host__ __device__ __forceinline__ int64_t staged_buckets(const AttentionProblem& p) {
  return p.bias.kind == AttentionBiasKind::relative ? 2 * attention_reach(p) + 1 : 0;
}

__device__ __forceinline__ int bucket_at(const AttentionRelativeBias& bias, int64_t place) {
  const uint32_t bucket = static_cast<uint32_t>(bias.bucket_of[place]), last = static_cast<uint32_t>(bias.buckets - 1);
  return static_cast<int>(bucket < last ? bucket : last);
}

// The next part of a block's shared memory holds them after its next barrier; null where nothing is to be staged.
template <class Scores>
__device__ __forceinline__ const uint16_t* take_buckets(SharedParts& shared, const AttentionProblem& p) {
  if (!Scores::kRelative) return nullptr;
  const int count = static_cast<int>(staged_buckets(p));
  uint16_t* const buckets = shared.take<uint16_t>(count);
  const int64_t first = p.bias.relative.reach - attention_reach(p);
  for (int i = static_cast<int>(threadIdx.x); i < count; i += static_cast<int>(blockDim.x))
    buckets[i] = static_cast<uint16_t>(bucket_at(p.bias.relative, first + i));
  return buckets;
}

// By one block of a launch.
__device__ __forceinline__ void report_buckets(const AttentionProblem& p, const FaultSink& faults) {
  const AttentionRelativeBias& bias = p.bias.relative;
  if (p.bias.kind != AttentionBiasKind::relative || blockIdx.x > 0 || blockIdx.y > 0) return;
  for (int64_t i = threadIdx.x; i < 2 * bias.reach + 1; i += blockDim.x)
    if (bias.bucket_of[i] < 0 || bias.bucket_of[i] >= bias.buckets)
      report_fault(faults, FaultKind::index, bias.bucket_of[i], i, bias.buckets);
}

// It keeps next to nothing: what it needs is read or computed anew for each tile, so that no register holds it through
// the main loop.
class RelativeBias {
 public:
  // `staged`: what take_buckets gave.
  __device__ __forceinline__ RelativeBias(const AttentionProblem& p, const AttentionPlace& place, int head,
                                          const uint16_t* staged)
      : p_(p), place_(place), head_(head), staged_(staged) {}

  // kStaged: from what is staged, else from the table in its place.
  template <bool kStaged>
  __device__ __forceinline__ int bucket(int i, int j) const {
    const int reach = static_cast<int>(attention_reach(p_));
    int distance = j - i + place_.tile.sq - place_.tile.skv;
    distance = distance < -reach ? -reach : distance > reach ? reach : distance;
    return kStaged ? staged_[distance + reach] : bucket_at(p_.bias.relative, distance + p_.bias.relative.reach);
  }

  // Past the sequence that of another pair.
  template <class B, bool kStaged>
  __device__ __forceinline__ float at(int i, int j) const {
    const int c = bucket<kStaged>(i, j), last_i = place_.tile.sq - 1, last_j = place_.tile.skv - 1;
    const AttentionTerms &row = p_.bias.relative.row, &col = p_.bias.relative.col;
    float x = widen(of_token<B>(row, place_.tile.q_begin + (i < last_i ? i : last_i))[c]);
    if (col.data) x += widen(of_token<B>(col, place_.tile.kv_begin + (j < last_j ? j : last_j))[c]);
    return x;
  }

 private:
  template <class B>
  __device__ __forceinline__ const B* of_token(const AttentionTerms& terms, int token) const {
    return static_cast<const B*>(terms.data) + static_cast<int64_t>(token) * static_cast<int>(terms.token_stride) +
           static_cast<int64_t>(head_) * static_cast<int>(terms.head_stride);
  }

  const AttentionProblem& p_;
  const AttentionPlace& place_;
  int head_;
  const uint16_t* staged_;
};

}  // namespace gridstride
