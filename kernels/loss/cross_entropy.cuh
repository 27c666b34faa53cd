// What cross-entropy's kernels share (formulas and shapes: cross_entropy.h): labels and weights.
#pragma once

#include "kernels/common/faults.cuh"
#include "kernels/common/row.cuh"
#include "kernels/loss/cross_entropy.h"
#include "kernels/loss/loss_sum.cuh"
#include "kernels/loss/running_sum.cuh"

namespace gridstride {

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

}  // namespace gridstride
