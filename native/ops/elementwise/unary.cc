#include "kernels/elementwise/unary.h"

#include "native/core/device.h"
#include "native/ops/check.h"
#include "native/ops/function.h"
#include "native/ops/launch.h"
#include "native/ops/strided.h"

namespace gridstride::ops {

namespace {

bool takes_integers(UnaryOp op) {
  return op <= UnaryOp::square || op == UnaryOp::is_finite || op == UnaryOp::is_nan || op == UnaryOp::logical_not;
}

}  // namespace

// op by name, element by element.
Tensor unary(UnaryOp op, const Tensor& x) {
  if (!takes_integers(op)) check_floating(EnumNames<UnaryOp>::names[static_cast<int>(op)], x);
  const Tensor y = empty(x.device(), gives_boolean(op) ? DType::boolean : x.dtype, x.shape);
  Launch<UnaryArgs> launch(OpId::unary);
  launch.read(launch.args.x, x);
  launch.write(launch.args.y, y);
  copy_sizes(x.shape, launch.args.sizes);
  broadcast_strides(x, x.shape, launch.args.x_strides);
  broadcast_strides(y, x.shape, launch.args.y_strides);
  launch.args.rank = x.shape.rank;
  launch.args.op = op;
  launch.args.dtype = x.dtype;
  launch.submit(static_cast<double>(x.numel()));
  return y;
}
GS_EXPORT_OP(unary, "op", "x")

}  // namespace gridstride::ops
