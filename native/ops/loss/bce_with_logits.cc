#include "kernels/loss/bce_with_logits.h"

#include "native/ops/function.h"
#include "native/ops/launch.h"
#include "native/ops/loss/loss_check.h"

namespace gridstride::ops {

namespace {

// Weights that repeat over the last axes of x: their shape must be the end of x's.
Tensor check_weights(const char* name, const std::optional<Tensor>& weights, const Tensor& x) {
  if (!weights) return {};
  check_same_device("bce_with_logits", {&x, &*weights});
  check_dtype("bce_with_logits", name, *weights, loss_dtype(x.dtype));
  const Shape& shape = weights->shape;
  bool fits = shape.rank <= x.shape.rank;
  for (int i = 1; fits && i <= shape.rank; ++i) fits = shape[-i] == x.shape[-i];
  if (!fits)
    fail_shape("bce_with_logits",
               std::string(name) + " must have the last sizes of x " + x.shape.text() + ", got " + shape.text());
  return contiguous(*weights);
}

}  // namespace

// Binary cross-entropy of logits; weights repeat over the leading axes.
Tensor bce_with_logits_forward(const Tensor& input, const Tensor& target_input,
                               const std::optional<Tensor>& weight_input, const std::optional<Tensor>& pos_weight_input,
                               Reduction reduction) {
  check_target("bce_with_logits", input, target_input);
  const Tensor x = contiguous(input), target = contiguous(target_input);
  const Tensor weight = check_weights("weight", weight_input, x);
  const Tensor pos_weight = check_weights("posWeight", pos_weight_input, x);
  const Tensor loss = empty_loss(x, x.shape, reduction);
  Launch<BceWithLogitsForwardArgs> launch(OpId::bce_with_logits_forward);
  launch.read(launch.args.x, x);
  launch.read(launch.args.target, target);
  launch.read(launch.args.weight, weight);
  launch.read(launch.args.pos_weight, pos_weight);
  launch.write(launch.args.loss, loss);
  launch.args.count = x.numel();
  launch.args.weight_count = weight ? weight.numel() : 1;
  launch.args.pos_weight_count = pos_weight ? pos_weight.numel() : 1;
  launch.args.reduction = reduction;
  launch.args.dtype = x.dtype;
  launch.args.target_dtype = target.dtype;
  launch.submit(12.0 * static_cast<double>(x.numel()));
  return loss;
}
GS_EXPORT_OP(bce_with_logits_forward, "x", "target", "weight", "pos_weight", "reduction")

Tensor bce_with_logits_backward(const Tensor& input, const Tensor& target_input,
                                const std::optional<Tensor>& weight_input,
                                const std::optional<Tensor>& pos_weight_input, const Tensor& gradient,
                                Reduction reduction) {
  check_target("bce_with_logits", input, target_input);
  const Tensor x = contiguous(input), target = contiguous(target_input);
  const Tensor weight = check_weights("weight", weight_input, x);
  const Tensor pos_weight = check_weights("posWeight", pos_weight_input, x);
  const Tensor dloss = loss_gradient("bce_with_logits", gradient, x, x.shape, reduction);
  const Tensor dx = empty_like(x);
  Launch<BceWithLogitsBackwardArgs> launch(OpId::bce_with_logits_backward);
  launch.read(launch.args.x, x);
  launch.read(launch.args.target, target);
  launch.read(launch.args.weight, weight);
  launch.read(launch.args.pos_weight, pos_weight);
  launch.read(launch.args.dloss, dloss);
  launch.write(launch.args.dx, dx);
  launch.args.count = x.numel();
  launch.args.weight_count = weight ? weight.numel() : 1;
  launch.args.pos_weight_count = pos_weight ? pos_weight.numel() : 1;
  launch.args.reduction = reduction;
  launch.args.dtype = x.dtype;
  launch.args.target_dtype = target.dtype;
  launch.submit(12.0 * static_cast<double>(x.numel()));
  return dx;
}
GS_EXPORT_OP(bce_with_logits_backward, "x", "target", "weight", "pos_weight", "dloss", "reduction")

}  // namespace gridstride::ops
