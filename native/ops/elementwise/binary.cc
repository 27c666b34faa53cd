#include "kernels/elementwise/binary.h"

#include "native/ops/check.h"
#include "native/ops/function.h"
#include "native/ops/launch.h"
#include "native/ops/strided.h"

namespace gridstride::ops {

namespace {

Tensor launch_binary(BinaryOp op, const Tensor& a, const Tensor& b, double scalar, const Shape& shape) {
  const Tensor& present = a ? a : b;
  const Tensor y = empty(present.device(), gives_boolean(op) ? DType::boolean : present.dtype, shape);
  Launch<BinaryArgs> launch(OpId::binary);
  launch.read(launch.args.a, a);
  launch.read(launch.args.b, b);
  launch.write(launch.args.y, y);
  copy_sizes(shape, launch.args.sizes);
  if (a) broadcast_strides(a, shape, launch.args.a_strides);
  if (b) broadcast_strides(b, shape, launch.args.b_strides);
  broadcast_strides(y, shape, launch.args.y_strides);
  launch.args.scalar = scalar;
  launch.args.rank = shape.rank;
  launch.args.op = op;
  launch.args.dtype = present.dtype;
  launch.submit(static_cast<double>(shape.numel()));
  return y;
}

}  // namespace

// op by name, for two tensors that broadcast.
Tensor binary(BinaryOp op, const Tensor& a, const Tensor& b) {
  check_same_device("binary", {&a, &b});
  check_same_dtype("binary", {&a, &b});
  return launch_binary(op, a, b, 0, broadcast_shapes("binary", a.shape, b.shape));
}
GS_EXPORT_OP(binary, "op", "a", "b")

// The same with a constant on one side.
Tensor binary_scalar(BinaryOp op, const Tensor& x, double scalar, bool scalar_first) {
  return scalar_first ? launch_binary(op, {}, x, scalar, x.shape) : launch_binary(op, x, {}, scalar, x.shape);
}
GS_EXPORT_OP(binary_scalar, "op", "x", "scalar", "scalar_first")

}  // namespace gridstride::ops
