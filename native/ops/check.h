// Checks shared by ops. Each rule throws Error with text `op: rule, got values`.
#pragma once

#include <initializer_list>
#include <string>

#include "native/core/tensor.h"

namespace gridstride::ops {

// All present tensors lie on one device.
void check_same_device(const char* op, std::initializer_list<const Tensor*> tensors);
// All present tensors have the dtype of the first.
void check_same_dtype(const char* op, std::initializer_list<const Tensor*> tensors);
void check_floating(const char* op, const Tensor& x);
// i64 or i32.
void check_index_dtype(const char* op, const char* name, const Tensor& x);
void check_rank(const char* op, const char* name, const Tensor& x, int rank);
void check_shape(const char* op, const char* name, const Tensor& x, const Shape& shape);
void check_dtype(const char* op, const char* name, const Tensor& x, DType dtype);
[[noreturn]] void fail_shape(const char* op, const std::string& rule_and_values);

// `x` itself when dense, else a dense copy of it.
Tensor contiguous(const Tensor& x);
// `x` when its rows are uniform (see Tensor::has_uniform_rows), else a dense copy.
Tensor with_uniform_rows(const Tensor& x);
Tensor empty_like(const Tensor& x);

}  // namespace gridstride::ops
