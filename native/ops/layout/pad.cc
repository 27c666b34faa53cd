#include "kernels/elementwise/fill.h"
#include "kernels/layout/copy.h"
#include "native/core/device.h"
#include "native/ops/check.h"
#include "native/ops/function.h"
#include "native/ops/launch.h"
#include "native/ops/layout/launch_copy.h"

namespace gridstride::ops {

// x with `before` and `after` zeros along an axis: the gradient of a slice.
Tensor pad(const Tensor& x, int64_t axis, int64_t before, int64_t after) {
  const int at = normalize_axis("pad", axis, x.shape.rank);
  if (before < 0 || after < 0)
    fail_shape("pad", "sizes must not be negative, got " + std::to_string(before) + " and " + std::to_string(after));
  std::vector<int64_t> sizes(x.shape.dims, x.shape.dims + x.shape.rank);
  sizes[at] += before + after;
  const Tensor y = empty(x.device(), x.dtype, Shape(sizes));
  Tensor part = y;
  part.shape.dims[at] = before;
  launch_fill(part, 0, Access::write);
  part.shape.dims[at] = x.shape.dims[at];
  part.offset = y.offset + before * y.strides[at];
  launch_copy(x, part, Access::part);
  part.shape.dims[at] = after;
  part.offset += x.shape.dims[at] * y.strides[at];
  launch_fill(part, 0, Access::part);
  return y;
}
GS_EXPORT_OP(pad, "x", "axis", "before", "after")

}  // namespace gridstride::ops
