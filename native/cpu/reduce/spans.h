// Inner loops of a reduction. Both fold into f32 accumulators that hold a start value.
#pragma once

#include "kernels/reduce/reduce.h"
#include "native/cpu/run.h"

namespace gridstride::cpu {

struct ReduceSpan {
  const void* x;
  int64_t n;
  int64_t stride;  // of x
  float* total;    // run: one value for all n; row: n values, one each
  ReduceOp op;
  DType dtype;
};

}  // namespace gridstride::cpu
