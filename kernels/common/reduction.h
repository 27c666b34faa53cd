// How a loss joins its elements. batch_mean divides the sum by the first dimension's size (KL divergence alone).
#pragma once

#include <cstdint>

namespace gridstride {

enum class Reduction : int32_t { none, mean, sum, batch_mean };

}  // namespace gridstride
