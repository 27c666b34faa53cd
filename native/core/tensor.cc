#include "native/core/tensor.h"

#include "native/core/device.h"

namespace gridstride {

namespace {

constexpr const char* kDTypeNames[kDTypeCount] = {"f32", "bf16", "f16", "f64", "i64", "i32", "u8", "bool"};

}  // namespace

const char* dtype_name(DType dtype) { return kDTypeNames[static_cast<int>(dtype)]; }

DType parse_dtype(const std::string& name) {
  for (int i = 0; i < kDTypeCount; ++i)
    if (name == kDTypeNames[i]) return static_cast<DType>(i);
  throw Error(ErrorCode::kDType, "dtype: must be f32, bf16, f16, f64, i64, i32, u8 or bool, got " + name);
}

void set_dense_strides(Tensor* tensor) {
  int64_t stride = 1;
  for (int i = tensor->shape.rank - 1; i >= 0; --i) {
    tensor->strides[i] = stride;
    stride *= tensor->shape.dims[i];
  }
}

bool Tensor::is_contiguous() const {
  int64_t expected = 1;
  for (int i = shape.rank - 1; i >= 0; --i) {
    if (shape.dims[i] == 1) continue;
    if (strides[i] != expected) return shape.numel() == 0;
    expected *= shape.dims[i];
  }
  return true;
}

bool Tensor::has_uniform_rows() const {
  if (shape.rank == 0) return true;
  if (shape[-1] != 1 && stride(-1) != 1) return false;
  int64_t expected = 0;
  for (int i = shape.rank - 2; i >= 0; --i) {
    if (shape.dims[i] == 1) continue;
    if (expected != 0 && strides[i] != expected) return false;
    expected = strides[i] * shape.dims[i];
  }
  return true;
}

int64_t Tensor::row_stride() const {
  for (int i = shape.rank - 2; i >= 0; --i)
    if (shape.dims[i] != 1) return strides[i];
  return shape.rank == 0 ? 1 : shape[-1];
}

std::string Tensor::text() const { return std::string(dtype_name(dtype)) + " " + shape.text(); }

Tensor empty(Device& device, DType dtype, const Shape& shape) {
  Tensor tensor;
  tensor.dtype = dtype;
  tensor.shape = shape;
  set_dense_strides(&tensor);
  tensor.storage = device.new_storage(shape.numel() * dtype_size(dtype));
  return tensor;
}

Tensor reshaped(const Tensor& x, const Shape& shape) {
  Tensor out = x;
  out.shape = shape;
  set_dense_strides(&out);
  return out;
}

}  // namespace gridstride
