#include "native/ops/check.h"

#include "native/core/device.h"

namespace gridstride::ops {

void check_same_device(const char* op, std::initializer_list<const Tensor*> tensors) {
  const Tensor* first = nullptr;
  for (const Tensor* tensor : tensors) {
    if (tensor == nullptr || !*tensor) continue;
    if (first == nullptr)
      first = tensor;
    else if (&first->device() != &tensor->device())
      throw Error(ErrorCode::kDevice, std::string(op) + ": tensors must be on one device, got " +
                                          first->device().name() + " and " + tensor->device().name());
  }
}

void check_same_dtype(const char* op, std::initializer_list<const Tensor*> tensors) {
  const Tensor* first = nullptr;
  for (const Tensor* tensor : tensors) {
    if (tensor == nullptr || !*tensor) continue;
    if (first == nullptr)
      first = tensor;
    else if (first->dtype != tensor->dtype)
      throw Error(ErrorCode::kDType, std::string(op) + ": tensors must share a dtype, got " + dtype_name(first->dtype) +
                                         " and " + dtype_name(tensor->dtype));
  }
}

void check_floating(const char* op, const Tensor& x) {
  if (!is_floating(x.dtype))
    throw Error(ErrorCode::kDType, std::string(op) + ": the dtype must be floating, got " + dtype_name(x.dtype));
}

void check_index_dtype(const char* op, const char* name, const Tensor& x) {
  if (x.dtype != DType::i64 && x.dtype != DType::i32)
    throw Error(ErrorCode::kDType, std::string(op) + ": " + name + " must be i64 or i32, got " + dtype_name(x.dtype));
}

void check_rank(const char* op, const char* name, const Tensor& x, int rank) {
  if (x.shape.rank != rank)
    fail_shape(op, std::string(name) + " must have " + std::to_string(rank) + " dimensions, got " + x.shape.text());
}

void check_shape(const char* op, const char* name, const Tensor& x, const Shape& shape) {
  if (!(x.shape == shape)) fail_shape(op, std::string(name) + " must be " + shape.text() + ", got " + x.shape.text());
}

void check_dtype(const char* op, const char* name, const Tensor& x, DType dtype) {
  if (x.dtype != dtype)
    throw Error(ErrorCode::kDType,
                std::string(op) + ": " + name + " must be " + dtype_name(dtype) + ", got " + dtype_name(x.dtype));
}

void fail_shape(const char* op, const std::string& rule_and_values) {
  throw Error(ErrorCode::kShape, std::string(op) + ": " + rule_and_values);
}

Tensor with_uniform_rows(const Tensor& x) { return x.has_uniform_rows() ? x : contiguous(x); }

Tensor empty_like(const Tensor& x) { return empty(x.device(), x.dtype, x.shape); }

}  // namespace gridstride::ops
