// The k largest (or smallest) elements of each row, in order, ties by lower index; NaN counts as the largest.
#pragma once

#include <cstdint>

#include "kernels/common/dtype.h"

namespace gridstride {

struct TopKArgs {
  const void* x;  // (rows, columns), rows x_stride apart
  void* values;   // (rows, k) dtype
  void* indices;  // (rows, k) i64
  int64_t rows;
  int64_t columns;
  int64_t x_stride;
  int64_t k;  // at most columns
  int32_t smallest;
  DType dtype;  // any
};

}  // namespace gridstride
