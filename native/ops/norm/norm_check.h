// What layer norm and RMS norm check alike.
#pragma once

#include <optional>
#include <string>

#include "native/core/device.h"
#include "native/ops/check.h"

namespace gridstride::ops {

// Statistics and gradients of parameters: f32, f64 for f64.
inline DType wide_dtype(DType dtype) { return dtype == DType::f64 ? DType::f64 : DType::f32; }

inline void check_normalised(const char* op, const Tensor& x) {
  check_floating(op, x);
  if (x.shape.rank < 1) fail_shape(op, "x must have a last dimension, got a scalar");
}

// gamma or beta, dense; an empty tensor when absent.
inline Tensor norm_parameter(const char* op, const char* name, const std::optional<Tensor>& parameter,
                             const Tensor& x) {
  if (!parameter) return {};
  check_same_device(op, {&x, &*parameter});
  check_floating(op, *parameter);
  check_shape(op, name, *parameter, {x.shape[-1]});
  return contiguous(*parameter);
}

inline Tensor norm_residual(const char* op, const std::optional<Tensor>& residual, const Tensor& x) {
  if (!residual) return {};
  check_same_device(op, {&x, &*residual});
  check_same_dtype(op, {&x, &*residual});
  check_shape(op, "residual", *residual, x.shape);
  return contiguous(*residual);
}

// x without its last dimension.
inline Shape row_shape(const Shape& shape) {
  Shape rows = shape;
  rows.dims[--rows.rank] = 0;
  return rows;
}

}  // namespace gridstride::ops
