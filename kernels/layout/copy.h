// y = x of the same dtype, from any strides to any strides: contiguous copies, transposes, slices, parts of a concat.
#pragma once

#include <cstdint>

#include "kernels/common/dtype.h"
#include "kernels/common/strided.h"

namespace gridstride {

struct CopyArgs {
  const void* x;
  void* y;
  int64_t sizes[kMaxRank];
  int64_t x_strides[kMaxRank];
  int64_t y_strides[kMaxRank];
  int32_t rank;
  DType dtype;
};

}  // namespace gridstride
