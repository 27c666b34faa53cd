// What cross-entropy's kernels share (formulas and shapes: cross_entropy.h): labels, weights, a row read by a team of
// threads.
#pragma once

#include "kernels/common/faults.cuh"
#include "kernels/common/row.cuh"
#include "kernels/loss/cross_entropy.h"
#include "kernels/loss/loss_sum.cuh"

namespace gridstride {

constexpr float kLog2E = 1.44269504088896340736f;

// e^x for x <= 0 or NaN; what would be subnormal is 0.
__device__ __forceinline__ float exp_negative(float x) { return ptx::exp2_approx(x * kLog2E); }

struct Label {
  int64_t value;
  bool ignored, valid;  // neither: outside [0, V), which makes the row's loss and gradient NaN
};
template <class Args>
__device__ __forceinline__ Label label_of_row(const Args& args, int64_t row) {
  const int64_t value = args.label_dtype == DType::i64 ? static_cast<const int64_t*>(args.labels)[row]
                                                       : static_cast<const int32_t*>(args.labels)[row];
  const bool ignored = value == args.ignore_index;
  return {value, ignored, !ignored && value >= 0 && value < args.classes};
}

template <class Args>
__device__ __forceinline__ float class_weight(const Args& args, int64_t v) {
  return args.weights ? static_cast<const float*>(args.weights)[v] : 1.0f;
}
// The sum over all classes; `total`: what class_weight_total wrote, null without weights.
template <class Args>
__device__ __forceinline__ float weight_total(const Args& args, const float* total) {
  return total ? *total : static_cast<float>(args.classes);
}
static __global__ void __launch_bounds__(kLossThreads, 2)
    class_weight_total(const float* weights, int64_t classes, float* total) {
  const double sum = block_sum_of<kLossWarps>(weights, classes);
  if (threadIdx.x == 0) *total = static_cast<float>(sum);
}

// body(i, Length<n>) for runs of elements [first, end) of a row, taken in turn by `team` threads of which this is
// number `index`. Runs are vectors of 16 bytes from the first address that is aligned to them, and single elements
// before, behind, and everywhere unless `vectors`.
template <class T, class Body>
__device__ __forceinline__ void for_each_of_team(const T* row, int64_t first, int64_t end, bool vectors, int index,
                                                 int team, Body&& body) {
  constexpr int kLength = kVectorLength<T>;
  const auto skew = static_cast<int>(reinterpret_cast<uintptr_t>(row + first) % 16 / sizeof(T));
  const int64_t aligned = first + (kLength - skew) % kLength;
  const int64_t begin = vectors && aligned < end ? aligned : end;
  const int64_t whole = end - (end - begin) % kLength;
#pragma unroll 1
  for (int64_t i = first + index; i < begin; i += team) body(i, Length<1>{});
#pragma unroll 2
  for (int64_t i = begin + static_cast<int64_t>(index) * kLength; i < whole; i += static_cast<int64_t>(team) * kLength)
    body(i, Length<kLength>{});
#pragma unroll 1
  for (int64_t i = whole + index; i < end; i += team) body(i, Length<1>{});
}

}  // namespace gridstride
