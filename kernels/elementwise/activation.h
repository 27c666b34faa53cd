// Activation as an op of its own: y = dropout(f(x + bias)), f from kernels/math/activation.h, element i of y through
// dropout as element i of a tensor of its own (random/dropout.h). Backward, where the mask is drawn anew and not kept:
// dx = dropout(dy) f'(x + bias), dbias = the sums of dx over the rows, before it is rounded.
// All tensors contiguous; computed in f32 (f64 for f64). dx may be dy.
#pragma once

#include <cstdint>

#include "kernels/common/activation.h"
#include "kernels/common/dtype.h"
#include "kernels/math/philox.h"

namespace gridstride {

struct ActivationForwardArgs {
  const void* x;     // (rows, columns)
  const void* bias;  // (columns), or null
  void* y;           // (rows, columns)
  int64_t rows, columns;
  ElementDropout dropout;
  Activation kind;
  DType dtype;  // of all
};

struct ActivationBackwardArgs {
  const void* x;     // saved input (rows, columns)
  const void* bias;  // (columns), or null
  const void* dy;    // (rows, columns)
  void* dx;          // (rows, columns), or null: not wanted
  void* dbias;       // (columns) of grad_dtype, or null: not wanted
  int64_t rows, columns;
  ElementDropout dropout;
  Activation kind;
  DType dtype;       // of x, bias, dy, dx
  DType grad_dtype;  // f32 (f64 for f64)
};

}  // namespace gridstride
