#include "kernels/elementwise/activation.h"

#include "native/core/device.h"
#include "native/ops/check.h"
#include "native/ops/function.h"
#include "native/ops/launch.h"

namespace gridstride::ops {

namespace {

// Of one activation and its derivative; only for rooflines, where memory decides.
constexpr double kFlops = 8;

}  // namespace

// y = f(x), dense.
Tensor activation_forward(const Tensor& input, Activation kind) {
  check_floating("activation", input);
  const Tensor x = contiguous(input);
  const Tensor y = empty_like(x);
  Launch<ActivationForwardArgs> launch(OpId::activation_forward);
  launch.read(launch.args.x, x);
  launch.write(launch.args.y, y);
  launch.args.count = x.numel();
  launch.args.kind = kind;
  launch.args.dtype = x.dtype;
  launch.submit(kFlops * static_cast<double>(x.numel()));
  return y;
}
GS_EXPORT_OP(activation_forward, "x", "kind")

// dx = dy f'(x).
Tensor activation_backward(const Tensor& input, const Tensor& gradient, Activation kind) {
  check_same_device("activation", {&input, &gradient});
  check_same_dtype("activation", {&input, &gradient});
  check_shape("activation", "dy", gradient, input.shape);
  const Tensor x = contiguous(input), dy = contiguous(gradient);
  const Tensor dx = empty_like(x);
  Launch<ActivationBackwardArgs> launch(OpId::activation_backward);
  launch.read(launch.args.x, x);
  launch.read(launch.args.dy, dy);
  launch.write(launch.args.dx, dx);
  launch.args.count = x.numel();
  launch.args.kind = kind;
  launch.args.dtype = x.dtype;
  launch.submit(kFlops * static_cast<double>(x.numel()));
  return dx;
}
GS_EXPORT_OP(activation_backward, "x", "dy", "kind")

}  // namespace gridstride::ops
