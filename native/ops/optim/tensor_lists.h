// Checks and chunks of multi-tensor ops: a launch takes up to kMaxTensors tensors, so a longer list is several
// launches.
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "kernels/optim/tensor_list.h"
#include "native/ops/check.h"

namespace gridstride::ops {

inline void check_lists(const char* op, const char* name, const std::vector<Tensor>& list,
                        const std::vector<Tensor>& weights) {
  if (list.size() != weights.size())
    fail_shape(op, std::string(name) + " must be " + std::to_string(weights.size()) + " tensors, got " +
                       std::to_string(list.size()));
  for (size_t i = 0; i < list.size(); ++i) {
    check_same_device(op, {&weights[0], &list[i]});
    check_shape(op, name, list[i], weights[i].shape);
    if (!list[i].is_contiguous()) fail_shape(op, std::string(name) + " must be dense");
  }
}

// Weights and moments are f32, or f64 with f64 gradients.
inline void check_wide(const char* op, const char* name, const std::vector<Tensor>& list,
                       const std::vector<Tensor>& gradients) {
  for (size_t i = 0; i < list.size(); ++i)
    check_dtype(op, name, list[i], gradients[i].dtype == DType::f64 ? DType::f64 : DType::f32);
}

inline void check_numbers(const char* op, const char* name, const std::vector<double>& numbers, size_t count) {
  if (numbers.size() != count)
    fail_shape(op, std::string(name) + " must be " + std::to_string(count) + " numbers, got " +
                       std::to_string(numbers.size()));
}

// each(begin, count) for chunks of at most kMaxTensors.
inline void each_chunk(size_t total, const std::function<void(size_t begin, int32_t count)>& each) {
  for (size_t begin = 0; begin < total; begin += kMaxTensors)
    each(begin, static_cast<int32_t>(std::min<size_t>(kMaxTensors, total - begin)));
}

}  // namespace gridstride::ops
