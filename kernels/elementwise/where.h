// y = condition ? a : b, element by element, with broadcasting (stride 0) and any strides, for every dtype.
#pragma once

#include <cstdint>

#include "kernels/common/dtype.h"
#include "kernels/common/strided.h"

namespace gridstride {

struct WhereArgs {
  const void* condition;  // boolean
  const void* a;
  const void* b;
  void* y;
  int64_t sizes[kMaxRank];
  int64_t condition_strides[kMaxRank];
  int64_t a_strides[kMaxRank];
  int64_t b_strides[kMaxRank];
  int64_t y_strides[kMaxRank];
  int32_t rank;
  DType dtype;  // of a, b and y
};

}  // namespace gridstride
