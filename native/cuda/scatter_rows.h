// Sums rows that share an id, in order: the backward pass of every selection by row.
#pragma once

#include "kernels/common/dtype.h"
#include "native/cuda/run.h"

namespace gridstride::cuda {

struct ScatterRows {
  const void* rows;  // (outer, count, inner) dtype
  const void* ids;   // (count), ids outside [0, size) and `skip` are left out
  void* sums;        // (outer, size, inner) sum_dtype, written whole
  int64_t outer, size, count, inner, skip;
  DType dtype;      // f32, bf16 or f16
  DType sum_dtype;  // dtype or f32
  DType id_dtype;
};
void scatter_rows(const char* op, const ScatterRows& args, Run& run);

// Zeros in `count` neighbours of any dtype.
void clear(void* y, int64_t count, DType dtype, Run& run);

}  // namespace gridstride::cuda
