#include "kernels/loss/kl_div.h"

#include "native/ops/function.h"
#include "native/ops/launch.h"
#include "native/ops/loss/loss_check.h"

namespace gridstride::ops {

namespace {

int64_t batch_of(const Tensor& x) { return x.shape.rank > 0 ? x.shape[0] : 1; }

}  // namespace

// Kullback-Leibler divergence of log-probabilities x from the target.
Tensor kl_div_forward(const Tensor& input, const Tensor& target_input, bool log_target, Reduction reduction) {
  check_target("kl_div", input, target_input);
  const Tensor x = contiguous(input), target = contiguous(target_input);
  const Tensor loss = empty_loss(x, x.shape, reduction);
  Launch<KlDivForwardArgs> launch(OpId::kl_div_forward);
  launch.read(launch.args.x, x);
  launch.read(launch.args.target, target);
  launch.write(launch.args.loss, loss);
  launch.args.count = x.numel();
  launch.args.batch = batch_of(x);
  launch.args.reduction = reduction;
  launch.args.log_target = log_target;
  launch.args.dtype = x.dtype;
  launch.args.target_dtype = target.dtype;
  launch.submit(6.0 * static_cast<double>(x.numel()));
  return loss;
}
GS_EXPORT_OP(kl_div_forward, "x", "target", "log_target", "reduction")

Tensor kl_div_backward(const Tensor& input, const Tensor& target_input, const Tensor& gradient, bool log_target,
                       Reduction reduction) {
  check_target("kl_div", input, target_input);
  const Tensor x = contiguous(input), target = contiguous(target_input);
  const Tensor dloss = loss_gradient("kl_div", gradient, x, x.shape, reduction);
  const Tensor dx = empty_like(x);
  Launch<KlDivBackwardArgs> launch(OpId::kl_div_backward);
  launch.read(launch.args.x, x);
  launch.read(launch.args.target, target);
  launch.read(launch.args.dloss, dloss);
  launch.write(launch.args.dx, dx);
  launch.args.count = x.numel();
  launch.args.batch = batch_of(x);
  launch.args.reduction = reduction;
  launch.args.log_target = log_target;
  launch.args.dtype = x.dtype;
  launch.args.target_dtype = target.dtype;
  launch.submit(2.0 * static_cast<double>(x.numel()));
  return dx;
}
GS_EXPORT_OP(kl_div_backward, "x", "target", "dloss", "log_target", "reduction")

}  // namespace gridstride::ops
