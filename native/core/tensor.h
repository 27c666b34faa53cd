// A strided view of a storage. Copying one shares the storage.
#pragma once

#include <memory>
#include <string>

#include "kernels/common/dtype.h"
#include "native/core/shape.h"
#include "native/core/storage.h"

namespace gridstride {

struct Tensor {
  std::shared_ptr<Storage> storage;
  DType dtype = DType::f32;
  Shape shape;
  int64_t strides[kMaxRank] = {};  // in elements
  int64_t offset = 0;              // in elements

  explicit operator bool() const { return storage != nullptr; }
  int64_t numel() const { return shape.numel(); }
  int64_t size(int axis) const { return shape[axis]; }
  int64_t stride(int axis) const { return strides[axis < 0 ? axis + shape.rank : axis]; }
  Device& device() const { return storage->device(); }
  bool is_contiguous() const;
  // The last dimension is dense and all rows lie row_stride() apart: what row-wise kernels take.
  bool has_uniform_rows() const;
  int64_t row_stride() const;
  // "f32 (2, 3)"
  std::string text() const;
};

const char* dtype_name(DType dtype);
// From "f32", "bf16", ... "bool"; throws Error(kDType).
DType parse_dtype(const std::string& name);

// A new dense tensor whose memory the queue thread takes when something writes it.
Tensor empty(Device& device, DType dtype, const Shape& shape);
// The same elements under another dense shape; `x` must be contiguous and hold as many elements.
Tensor reshaped(const Tensor& x, const Shape& shape);
// Strides of a dense tensor.
void set_dense_strides(Tensor* tensor);

}  // namespace gridstride
