// Elements put by index along one dimension, as torch.scatter and scatter_add: y is x, but for every i of the index's
// sizes y[i with i[dim] replaced by index[i]] becomes source[i], of equal places the last along `dim`; scatter_add adds
// source[i] in the order of the index along `dim`, in f32 (f64 for f64), x first. Elsewhere than along `dim` the index
// may be smaller than y. An index outside [0, size) throws Error(kData).
#pragma once

#include <cstdint>

#include "kernels/common/dtype.h"
#include "kernels/common/strided.h"

namespace gridstride {

struct ScatterArgs {
  const void* x;  // contiguous
  const void* index;
  const void* source;
  void* y;                  // contiguous, of x's shape
  int64_t sizes[kMaxRank];  // of index and source
  int64_t index_strides[kMaxRank];
  int64_t source_strides[kMaxRank];
  int64_t y_strides[kMaxRank];
  int64_t size;   // of y along dim
  int64_t count;  // of y's elements
  int32_t rank;
  int32_t dim;
  DType dtype;  // scatter: any; scatter_add: floating
  DType index_dtype;
};

}  // namespace gridstride
