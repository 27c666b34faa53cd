#include "kernels/elementwise/where.h"

#include "native/core/device.h"
#include "native/ops/check.h"
#include "native/ops/function.h"
#include "native/ops/launch.h"
#include "native/ops/strided.h"

namespace gridstride::ops {

// Element by element a where the condition holds, else b, with broadcasting.
Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b) {
  check_same_device("where", {&condition, &a, &b});
  check_same_dtype("where", {&a, &b});
  check_dtype("where", "the condition", condition, DType::boolean);
  const Shape shape = broadcast_shapes("where", condition.shape, broadcast_shapes("where", a.shape, b.shape));
  const Tensor y = empty(a.device(), a.dtype, shape);
  Launch<WhereArgs> launch(OpId::where);
  launch.read(launch.args.condition, condition);
  launch.read(launch.args.a, a);
  launch.read(launch.args.b, b);
  launch.write(launch.args.y, y);
  copy_sizes(shape, launch.args.sizes);
  broadcast_strides(condition, shape, launch.args.condition_strides);
  broadcast_strides(a, shape, launch.args.a_strides);
  broadcast_strides(b, shape, launch.args.b_strides);
  broadcast_strides(y, shape, launch.args.y_strides);
  launch.args.rank = shape.rank;
  launch.args.dtype = a.dtype;
  launch.submit(0);
  return y;
}
GS_EXPORT_OP(where, "condition", "a", "b")

}  // namespace gridstride::ops
