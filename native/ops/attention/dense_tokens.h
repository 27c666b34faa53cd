// Rows of heads as attention's kernels take them.
#pragma once

#include "native/ops/check.h"

namespace gridstride::ops {

// (tokens, heads, D) with the heads of a token side by side: views of a fused projection pass as they are.
inline Tensor with_dense_tokens(const Tensor& x) {
  const bool dense = (x.shape[2] == 1 || x.strides[2] == 1) && (x.shape[1] == 1 || x.strides[1] == x.shape[2]);
  return dense ? x : contiguous(x);
}

}  // namespace gridstride::ops
