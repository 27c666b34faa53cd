#include "kernels/loss/mse.h"

#include "native/ops/function.h"
#include "native/ops/launch.h"
#include "native/ops/loss/loss_check.h"

namespace gridstride::ops {

// Mean squared error of x and the target.
Tensor mse_forward(const Tensor& input, const Tensor& target_input, Reduction reduction) {
  check_target("mse", input, target_input);
  const Tensor x = contiguous(input), target = contiguous(target_input);
  const Tensor loss = empty_loss(x, x.shape, reduction);
  Launch<MseForwardArgs> launch(OpId::mse_forward);
  launch.read(launch.args.x, x);
  launch.read(launch.args.target, target);
  launch.write(launch.args.loss, loss);
  launch.args.count = x.numel();
  launch.args.reduction = reduction;
  launch.args.dtype = x.dtype;
  launch.args.target_dtype = target.dtype;
  launch.submit(3.0 * static_cast<double>(x.numel()));
  return loss;
}
GS_EXPORT_OP(mse_forward, "x", "target", "reduction")

// dx; the target's gradient is -dx.
Tensor mse_backward(const Tensor& input, const Tensor& target_input, const Tensor& gradient, Reduction reduction) {
  check_target("mse", input, target_input);
  const Tensor x = contiguous(input), target = contiguous(target_input);
  const Tensor dloss = loss_gradient("mse", gradient, x, x.shape, reduction);
  const Tensor dx = empty_like(x);
  Launch<MseBackwardArgs> launch(OpId::mse_backward);
  launch.read(launch.args.x, x);
  launch.read(launch.args.target, target);
  launch.read(launch.args.dloss, dloss);
  launch.write(launch.args.dx, dx);
  launch.args.count = x.numel();
  launch.args.reduction = reduction;
  launch.args.dtype = x.dtype;
  launch.args.target_dtype = target.dtype;
  launch.submit(3.0 * static_cast<double>(x.numel()));
  return dx;
}
GS_EXPORT_OP(mse_backward, "x", "target", "dloss", "reduction")

}  // namespace gridstride::ops
