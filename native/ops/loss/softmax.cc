#include "kernels/loss/softmax.h"

#include "native/core/device.h"
#include "native/ops/check.h"
#include "native/ops/function.h"
#include "native/ops/launch.h"

namespace gridstride::ops {

// Softmax along the last axis, or its logarithm.
Tensor softmax_forward(const Tensor& input, bool logarithm) {
  check_floating("softmax", input);
  if (input.shape.rank < 1) fail_shape("softmax", "x must have a last dimension, got a scalar");
  const Tensor x = with_uniform_rows(input);
  const Tensor y = empty(x.device(), x.dtype, x.shape);
  Launch<SoftmaxForwardArgs> launch(OpId::softmax_forward);
  launch.read(launch.args.x, x);
  launch.write(launch.args.y, y);
  launch.args.rows = x.shape.rows();
  launch.args.columns = x.shape[-1];
  launch.args.x_stride = x.row_stride();
  launch.args.logarithm = logarithm;
  launch.args.dtype = x.dtype;
  launch.submit(5.0 * static_cast<double>(x.numel()));
  return y;
}
GS_EXPORT_OP(softmax_forward, "x", "logarithm")

// dx from the saved output.
Tensor softmax_backward(const Tensor& output, const Tensor& gradient, bool logarithm) {
  const Tensor y = contiguous(output), dy = contiguous(gradient);
  check_shape("softmax", "dy", dy, y.shape);
  check_same_dtype("softmax", {&y, &dy});
  const Tensor dx = empty_like(y);
  Launch<SoftmaxBackwardArgs> launch(OpId::softmax_backward);
  launch.read(launch.args.y, y);
  launch.read(launch.args.dy, dy);
  launch.write(launch.args.dx, dx);
  launch.args.rows = y.shape.rows();
  launch.args.columns = y.shape[-1];
  launch.args.logarithm = logarithm;
  launch.args.dtype = y.dtype;
  launch.submit(4.0 * static_cast<double>(y.numel()));
  return dx;
}
GS_EXPORT_OP(softmax_backward, "y", "dy", "logarithm")

}  // namespace gridstride::ops
