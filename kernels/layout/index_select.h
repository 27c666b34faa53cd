// Slices by index along one dimension of a contiguous tensor: y[o, k] = x[o, ids[k]], with x as (outer, size, inner);
// dx[o, n] = sum of dy[o, k] over k with ids[k] = n, in order of k, in f32. An index outside [0, size) throws
// Error(kData).
#pragma once

#include <cstdint>

#include "kernels/common/dtype.h"

namespace gridstride {

struct IndexSelectForwardArgs {
  const void* x;    // (outer, size, inner)
  const void* ids;  // (count) id_dtype
  void* y;          // (outer, count, inner)
  int64_t outer;
  int64_t size;
  int64_t count;
  int64_t inner;
  DType dtype;  // any
  DType id_dtype;
};

struct IndexSelectBackwardArgs {
  const void* dy;   // (outer, count, inner)
  const void* ids;  // (count)
  void* dx;         // (outer, size, inner), written whole
  int64_t outer;
  int64_t size;
  int64_t count;
  int64_t inner;
  DType dtype;  // floating
  DType id_dtype;
};

}  // namespace gridstride
