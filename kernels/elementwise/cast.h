// y = x in another dtype, from any strides to any strides. Floating to integer truncates (NaN gives 0, out of range the
// nearest end), anything to boolean is x != 0.
#pragma once

#include <cstdint>

#include "kernels/common/dtype.h"
#include "kernels/common/strided.h"

namespace gridstride {

struct CastArgs {
  const void* x;
  void* y;
  int64_t sizes[kMaxRank];
  int64_t x_strides[kMaxRank];
  int64_t y_strides[kMaxRank];
  int32_t rank;
  DType x_dtype;
  DType y_dtype;
};

}  // namespace gridstride
