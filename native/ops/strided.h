// Filling the strided fields of Args.
#pragma once

#include <algorithm>
#include <cstdint>

#include "native/core/tensor.h"

namespace gridstride::ops {

// Strides of `x` seen as `shape` by broadcasting: 0 along the axes it is repeated on.
inline void broadcast_strides(const Tensor& x, const Shape& shape, int64_t* strides) {
  const int missing = shape.rank - x.shape.rank;
  for (int i = 0; i < shape.rank; ++i)
    strides[i] = i < missing || x.shape.dims[i - missing] == 1 ? 0 : x.strides[i - missing];
}

inline void copy_sizes(const Shape& shape, int64_t* sizes) { std::copy_n(shape.dims, kMaxRank, sizes); }

}  // namespace gridstride::ops
