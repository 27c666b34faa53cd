// y = mean + deviation * z with z standard normal by Box and Muller ("A Note on the Generation of Random Normal
// Deviates", 1958). A counter's words (w0, w1) give elements 4k, 4k + 1 and (w2, w3) give 4k + 2, 4k + 3:
//   radius = sqrt(-2 ln((w + 1) / 2^32)) from the pair's first word, angle = 2 pi w / 2^32 from its second,
//   first element radius * cos(angle), second radius * sin(angle).
// Computed in double and rounded to dtype: the same bits on every device. Uses (count + 3) / 4 counters.
#pragma once

#include <cstdint>

#include "kernels/common/dtype.h"
#include "kernels/math/philox.h"

namespace gridstride {

struct NormalArgs {
  void* y;
  RandomStream stream;
  int64_t count;
  double mean;
  double deviation;
  DType dtype;  // floating
};

}  // namespace gridstride
