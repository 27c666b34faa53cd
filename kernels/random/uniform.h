// y = low + (high - low) * u with u = (word >> 8) * 2^-24 in [0, 1): element i takes word i % 4 of counter
// stream.state[1] + stream.delta + i / 4. Computed in double and rounded to dtype. Uses (count + 3) / 4 counters.
#pragma once

#include <cstdint>

#include "kernels/common/dtype.h"
#include "kernels/math/philox.h"

namespace gridstride {

struct UniformArgs {
  void* y;
  RandomStream stream;
  int64_t count;
  double low;
  double high;
  DType dtype;  // floating
};

}  // namespace gridstride
