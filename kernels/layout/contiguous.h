// y = x in dense order. x: any strides, rank <= 8; y: dense.
#pragma once

#include <cstdint>

#include "kernels/common/dtype.h"

namespace gridstride {

struct ContiguousArgs {
  const void* x;
  void* y;
  int64_t sizes[8];
  int64_t strides[8];  // of x, in elements
  int32_t rank;
  DType dtype;
};

}  // namespace gridstride
