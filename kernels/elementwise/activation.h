// Activation as an op of its own: y = f(x), dx = dy f'(x), f from kernels/math/activation.h.
// All tensors contiguous with `count` elements of `dtype`; computed in f32 (f64 for f64). dx may be dy.
#pragma once

#include <cstdint>

#include "kernels/common/activation.h"
#include "kernels/common/dtype.h"

namespace gridstride {

struct ActivationForwardArgs {
  const void* x;
  void* y;
  int64_t count;
  Activation kind;
  DType dtype;
};

struct ActivationBackwardArgs {
  const void* x;  // saved input
  const void* dy;
  void* dx;
  int64_t count;
  Activation kind;
  DType dtype;
};

}  // namespace gridstride
