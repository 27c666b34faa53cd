#include "kernels/layout/contiguous.h"

#include <algorithm>

#include "native/ops/check.h"
#include "native/ops/function.h"
#include "native/ops/launch.h"

namespace gridstride::ops {

Tensor contiguous(const Tensor& x) {
  if (x.is_contiguous()) return x;
  const Tensor y = empty_like(x);
  Launch<ContiguousArgs> launch(OpId::contiguous);
  launch.read(launch.args.x, x);
  launch.write(launch.args.y, y);
  std::copy_n(x.shape.dims, kMaxRank, launch.args.sizes);
  std::copy_n(x.strides, kMaxRank, launch.args.strides);
  launch.args.rank = x.shape.rank;
  launch.args.dtype = x.dtype;
  launch.submit(0);
  return y;
}
GS_EXPORT_OP(contiguous, "x")

}  // namespace gridstride::ops
