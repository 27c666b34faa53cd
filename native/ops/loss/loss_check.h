// What the losses check alike.
#pragma once

#include <optional>
#include <string>

#include "kernels/common/reduction.h"
#include "native/core/device.h"
#include "native/ops/check.h"

namespace gridstride::ops {

// Losses and class weights: f32, f64 for f64.
inline DType loss_dtype(DType dtype) { return dtype == DType::f64 ? DType::f64 : DType::f32; }

// A loss of one number, or of one per element.
inline Tensor empty_loss(const Tensor& x, const Shape& elements, Reduction reduction) {
  return empty(x.device(), loss_dtype(x.dtype), reduction == Reduction::none ? elements : Shape{});
}

inline void check_target(const char* op, const Tensor& x, const Tensor& target) {
  check_floating(op, x);
  check_floating(op, target);
  check_same_device(op, {&x, &target});
  check_shape(op, "the target", target, x.shape);
}

// The incoming gradient in the loss's dtype and shape.
inline Tensor loss_gradient(const char* op, const Tensor& dloss, const Tensor& x, const Shape& elements,
                            Reduction reduction) {
  check_dtype(op, "dloss", dloss, loss_dtype(x.dtype));
  check_shape(op, "dloss", dloss, reduction == Reduction::none ? elements : Shape{});
  return contiguous(dloss);
}

}  // namespace gridstride::ops
