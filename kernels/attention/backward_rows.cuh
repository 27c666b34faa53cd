// What attention's backward kernels need of each query and head, (heads, q_tokens) f32 each:
//   lse    of the scores in base 2; +inf for a query that saw no key, so that all its weights become 0
//   delta  g . o
// Eight lanes take one query and head, in vectors of 16 bytes where heads and rows allow it. Memory-bound.
#pragma once

#include "kernels/attention/scores.cuh"
#include "kernels/common/row.cuh"

namespace gridstride {

constexpr int kAttentionRowThreads = 256;

struct AttentionRows {
  float *lse, *delta;
};

template <class T>
__global__ void __launch_bounds__(kAttentionRowThreads, 4)
    attention_backward_rows(AttentionBackwardArgs args, AttentionRows rows, bool by_vectors) {
  constexpr int kLength = kVectorLength<T>;
  const AttentionProblem& p = args.problem;
  const int part = static_cast<int>(threadIdx.x) % 8;
  const int64_t index = static_cast<int64_t>(blockIdx.x) * (kAttentionRowThreads / 8) + threadIdx.x / 8;
  const int64_t token = index / p.heads, h = index % p.heads;
  const bool is_row = token < p.q_tokens;
  const T* const o = static_cast<const T*>(args.o) + token * args.o_stride + h * p.head_size;
  const T* const g = static_cast<const T*>(args.d_o) + token * args.d_o_stride + h * p.head_size;
  float sum = 0;
  if (is_row && by_vectors) {
#pragma unroll 1
    for (int64_t c = part * kLength; c < p.head_size; c += 8 * kLength) {
      float a[kLength], b[kLength];
      load_floats(o + c, a);
      load_floats(g + c, b);
#pragma unroll
      for (int i = 0; i < kLength; ++i) sum = fmaf(a[i], b[i], sum);
    }
  } else if (is_row) {
#pragma unroll 1
    for (int64_t c = part; c < p.head_size; c += 8) sum = fmaf(widen(o[c]), widen(g[c]), sum);
  }
#pragma unroll
  for (int distance = 4; distance > 0; distance /= 2) sum += __shfl_xor_sync(kAllLanes, sum, distance);
  if (!is_row || part != 0) return;
  const int64_t at = h * p.q_tokens + token;
  const float lse = static_cast<const float*>(args.lse)[at];
  rows.lse[at] = lse == -kInfinity ? kInfinity : lse * kLog2E;
  rows.delta[at] = sum;
}

}  // namespace gridstride
