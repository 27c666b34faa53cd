// y = value for every element of a strided tensor of any dtype. Integers take the value truncated, booleans value != 0.
#pragma once

#include <cstdint>

#include "kernels/common/dtype.h"
#include "kernels/common/strided.h"

namespace gridstride {

struct FillArgs {
  void* y;
  int64_t sizes[kMaxRank];
  int64_t y_strides[kMaxRank];
  double value;
  int32_t rank;
  DType dtype;
};

}  // namespace gridstride
