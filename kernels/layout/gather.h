// Elements by index along one dimension, as torch.gather: y[i] = x[i with i[dim] replaced by index[i]]. The index's
// sizes are y's; elsewhere than along `dim` they may be smaller than x's. The backward pass adds dy into dx in the
// order of the index along `dim`, in f32 (f64 for f64), one column after another. An index outside [0, size) throws
// Error(kData).
#pragma once

#include <cstdint>

#include "kernels/common/dtype.h"
#include "kernels/common/strided.h"

namespace gridstride {

struct GatherForwardArgs {
  const void* x;
  const void* index;
  void* y;                  // contiguous
  int64_t sizes[kMaxRank];  // of index and y
  int64_t x_strides[kMaxRank];
  int64_t index_strides[kMaxRank];
  int64_t size;  // of x along dim
  int32_t rank;
  int32_t dim;
  DType dtype;  // any
  DType index_dtype;
};

struct GatherBackwardArgs {
  const void* dy;
  const void* index;
  void* dx;                 // contiguous, dx_count elements, written whole
  int64_t sizes[kMaxRank];  // of index and dy
  int64_t dy_strides[kMaxRank];
  int64_t index_strides[kMaxRank];
  int64_t dx_strides[kMaxRank];
  int64_t size;  // of dx along dim
  int64_t dx_count;
  int32_t rank;
  int32_t dim;
  DType dtype;  // floating
  DType index_dtype;
};

}  // namespace gridstride
