// Dropout: y = x / (1 - p) where the element's random word is at least dropout_threshold(p), else 0; p is the chance to
// zero. Element i takes word i % 4 of Philox counter stream.state[1] + stream.delta + i / 4. Nothing is saved: the
// backward pass is the same call on dy with the same stream. Uses (count + 3) / 4 counters. p = 1 gives zeros.
#pragma once

#include <cstdint>

#include "kernels/common/dtype.h"
#include "kernels/math/philox.h"

namespace gridstride {

struct DropoutArgs {
  const void* x;        // count elements; dy in the backward pass
  void* y;              // count elements, may be x
  RandomStream stream;  // (seed, base offset) on the device, and counters used before this op
  int64_t count;
  double p;  // in [0, 1]
  DType dtype;
};

}  // namespace gridstride
