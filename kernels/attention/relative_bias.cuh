// Lookups of a relative bias (attention.h) for one sequence and query head.
//   buckets  the tensor-core kernels stage those of the distances there can be in shared memory, 16 bits each; the
//            others read the table itself. One out of range counts as the last and is reported by the forward pass.
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
__device__ __forceinline__ void report_buckets(const AttentionRelativeBias& bias, const FaultSink& faults) {
  for (int64_t i = threadIdx.x; i < 2 * bias.reach + 1; i += blockDim.x)
    if (bias.bucket_of[i] < 0 || bias.bucket_of[i] >= bias.buckets)
      report_fault(faults, FaultKind::index, bias.bucket_of[i], i, bias.buckets);
}
__device__ __forceinline__ void report_buckets(const AttentionProblem& p, const FaultSink& faults) {
  if (p.bias.kind == AttentionBiasKind::relative && blockIdx.x == 0 && blockIdx.y == 0)
    report_buckets(p.bias.relative, faults);
}

// Element by element, from the table in its place: any reach and any size.
class RelativeBias {
 public:
  __device__ __forceinline__ RelativeBias(const AttentionProblem& p, const AttentionPlace& place, int64_t head)
      : p_(p), place_(place), head_(head) {}

  __device__ __forceinline__ int bucket(int i, int j) const {
    const AttentionTile& tile = place_.tile;
    return bucket_at(p_.bias.relative, relative_place(p_.bias.relative.reach, i, j, tile.sq, tile.skv));
  }
  template <class B>
  __device__ __forceinline__ float at(int i, int j) const {
    const AttentionTerms &row = p_.bias.relative.row, &col = p_.bias.relative.col;
    const int c = bucket(i, j);
    float x = value<B>(row, place_.tile.q_begin + i, c);
    if (col.data) x += value<B>(col, place_.tile.kv_begin + j, c);
    return x;
  }

 private:
  template <class B>
  __device__ __forceinline__ float value(const AttentionTerms& terms, int64_t token, int bucket) const {
    return widen(static_cast<const B*>(terms.data)[token * terms.token_stride + head_ * terms.head_stride + bucket]);
  }

  const AttentionProblem& p_;
  const AttentionPlace& place_;
  int64_t head_;
};

// For a tile of scores, from what is staged, in 32 bits: a sequence's terms are less than 2^32 elements. It is made
// anew for each tile, so that no register holds it through the main loop.
template <class B>
class StagedBias {
 public:
  __device__ __forceinline__ StagedBias(const AttentionProblem& p, const AttentionPlace& place, int64_t head,
                                        const uint16_t* staged)
      : rows_(first_of(p.bias.relative.row, place.tile.q_begin, head)),
        cols_(first_of(p.bias.relative.col, place.tile.kv_begin, head)),
        reach_(static_cast<int>(attention_reach(p))),
        zero_(staged + reach_),
        row_stride_(static_cast<uint32_t>(p.bias.relative.row.token_stride)),
        col_stride_(static_cast<uint32_t>(p.bias.relative.col.token_stride)),
        last_i_(place.tile.sq - 1),
        last_j_(place.tile.skv - 1) {}

  // Of keys that stand `distance` behind their query.
  __device__ __forceinline__ uint32_t bucket(int distance) const {
    distance = distance < reach_ ? distance : reach_;
    return zero_[distance > -reach_ ? distance : -reach_];
  }
  __device__ __forceinline__ int distance(int i, int j) const { return j - last_j_ - (i - last_i_); }

  // Past the sequence that of another pair.
  __device__ __forceinline__ float at(int i, int j, uint32_t bucket) const {
    float x = widen(rows_[static_cast<uint32_t>(i < last_i_ ? i : last_i_) * row_stride_ + bucket]);
    if (cols_) x += widen(cols_[static_cast<uint32_t>(j < last_j_ ? j : last_j_) * col_stride_ + bucket]);
    return x;
  }

 private:
  __device__ __forceinline__ static const B* first_of(const AttentionTerms& terms, int64_t token, int64_t head) {
    const B* const data = static_cast<const B*>(terms.data);
    return data ? data + token * terms.token_stride + head * terms.head_stride : nullptr;
  }

  const B *rows_, *cols_;
  int reach_;
  const uint16_t* zero_;  // the bucket of distance 0
  uint32_t row_stride_, col_stride_;
  int last_i_, last_j_;
};

}  // namespace gridstride
