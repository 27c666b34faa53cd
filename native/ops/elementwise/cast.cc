#include "kernels/elementwise/cast.h"

#include "native/core/device.h"
#include "native/ops/check.h"
#include "native/ops/function.h"
#include "native/ops/launch.h"
#include "native/ops/strided.h"

namespace gridstride::ops {

// `x` as the elements of `y`, a view of its shape and of any dtype.
void cast_into(const Tensor& x, const Tensor& y) {
  Launch<CastArgs> launch(OpId::cast);
  launch.read(launch.args.x, x);
  launch.write(launch.args.y, y);
  copy_sizes(x.shape, launch.args.sizes);
  broadcast_strides(x, x.shape, launch.args.x_strides);
  broadcast_strides(y, x.shape, launch.args.y_strides);
  launch.args.rank = x.shape.rank;
  launch.args.x_dtype = x.dtype;
  launch.args.y_dtype = y.dtype;
  launch.submit(0);
}

// `x` itself when it has the dtype, else a dense tensor of it.
Tensor cast(const Tensor& x, DType dtype) {
  if (x.dtype == dtype) return x;
  const Tensor y = empty(x.device(), dtype, x.shape);
  cast_into(x, y);
  return y;
}
GS_EXPORT_OP(cast, "x", "dtype")

}  // namespace gridstride::ops
