// The launcher of every selection of rows by id.
#pragma once

#include "kernels/common/dtype.h"
#include "native/cuda/run.h"

namespace gridstride::cuda {

struct RowsById {
  const void* x;    // (outer, size, inner) x_dtype
  const void* ids;  // (count); one out of range gives NaN, or 0 in integers
  void* y;          // (outer, count, inner) dtype
  int64_t outer, size, count, inner;
  int32_t allow_missing;  // -1 gives zeros
  DType dtype;            // any; differs from x_dtype only among f32, bf16 and f16
  DType x_dtype;
  DType id_dtype;
};
void rows_by_id(const char* op, const RowsById& args, Run& run);

}  // namespace gridstride::cuda
