// Lists of tensors of any length, in launches of at most kMaxTensors.
#pragma once

#include <algorithm>
#include <vector>

#include "kernels/optim/tensor_list.h"
#include "native/core/device.h"
#include "native/ops/check.h"

namespace gridstride::ops {

// Runs `each(first, count)` over parts of a list.
template <class Each>
void in_parts(size_t size, Each&& each) {
  for (size_t first = 0; first < size; first += kMaxTensors)
    each(first, static_cast<int32_t>(std::min<size_t>(size - first, kMaxTensors)));
}

// All dense and floating, on one device.
inline void check_list(const char* op, const std::vector<Tensor>& tensors) {
  for (const Tensor& x : tensors) {
    check_floating(op, x);
    check_same_device(op, {&tensors.front(), &x});
    if (!x.is_contiguous()) fail_shape(op, "tensors must be dense, got a strided view of shape " + x.shape.text());
  }
}

// `state` has one tensor per weight, of its shape and dtype.
inline void check_beside(const char* op, const char* name, const std::vector<Tensor>& weights,
                         const std::vector<Tensor>& state) {
  if (state.size() != weights.size())
    fail_shape(op, std::string(name) + " must be one per weight, got " + std::to_string(state.size()) + " for " +
                       std::to_string(weights.size()));
  for (size_t i = 0; i < weights.size(); ++i) {
    check_shape(op, name, state[i], weights[i].shape);
    check_same_dtype(op, {&weights[i], &state[i]});
  }
}

// One number per weight.
inline void check_numbers(const char* op, const char* name, const std::vector<double>& numbers, size_t weights) {
  if (numbers.size() != weights)
    fail_shape(op, std::string(name) + " must be one per weight, got " + std::to_string(numbers.size()) + " for " +
                       std::to_string(weights));
}

// Copies are absent, or one dense tensor of one dtype per weight.
inline void check_copies(const char* op, const std::vector<Tensor>& weights, const std::vector<Tensor>& copies) {
  if (copies.empty()) return;
  check_list(op, copies);
  if (copies.size() != weights.size()) fail_shape(op, "copies must be one per weight");
  for (size_t i = 0; i < weights.size(); ++i) {
    check_shape(op, "a copy", copies[i], weights[i].shape);
    check_same_dtype(op, {&copies.front(), &copies[i]});
  }
}

// Weights are f32 (f64 with f64 gradients); gradients have their shapes and any floating dtype.
void check_update(const char* op, const std::vector<Tensor>& weights, const std::vector<Tensor>& gradients,
                  const Tensor& schedule);

}  // namespace gridstride::ops
