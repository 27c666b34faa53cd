// Mean squared error: loss = (x - t)^2, dx = dloss * 2 (x - t), over count for mean; the target's gradient is -dx.
// Terms are in double; the sum is over fixed chunks of elements, then over the chunks.
#pragma once

#include <cstdint>

#include "kernels/common/dtype.h"
#include "kernels/common/reduction.h"

namespace gridstride {

struct MseForwardArgs {
  const void* x;       // (count)
  const void* target;  // (count) target_dtype
  void* loss;          // (1), or (count) for none; f32 (f64 for f64)
  int64_t count;
  Reduction reduction;  // none, mean or sum
  DType dtype;
  DType target_dtype;
};

struct MseBackwardArgs {
  const void* x;
  const void* target;
  const void* dloss;  // (1), or (count) for none; f32 (f64 for f64)
  void* dx;           // (count)
  int64_t count;
  Reduction reduction;
  DType dtype;
  DType target_dtype;
};

}  // namespace gridstride
