// Copies and fills of part of a tensor, for ops that are made of them.
#pragma once

#include "native/core/record.h"
#include "native/core/tensor.h"

namespace gridstride::ops {

// Writes `x`, broadcast, over the view `y`; `access` says what the view is to its storage.
void launch_copy(const Tensor& x, const Tensor& y, Access access);
void launch_fill(const Tensor& y, double value, Access access);

}  // namespace gridstride::ops
