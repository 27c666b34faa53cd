#include "kernels/norm/rms_norm.h"

#include "native/ops/function.h"
#include "native/ops/launch.h"
#include "native/ops/norm/norm_check.h"
#include "native/ops/random/random_state.h"

namespace gridstride::ops {

// y = s * inv_rms * gamma with s = dropout(x) + residual. With `keep`, also s (where it is not x) and inv_rms.
std::vector<Tensor> rms_norm_forward(const Tensor& input, const std::optional<Tensor>& residual_input,
                                     const std::optional<Tensor>& gamma_input, const std::optional<Tensor>& state,
                                     int64_t delta, double dropout, double epsilon, bool keep) {
  check_normalised("rms_norm", input);
  const Tensor x = contiguous(input), residual = norm_residual("rms_norm", residual_input, x);
  const Tensor gamma = norm_parameter("rms_norm", "gamma", gamma_input, x);
  const Tensor y = empty_like(x), sum = (keep && residual) || dropout > 0 ? empty_like(x) : Tensor{};
  const Tensor inv_rms = keep ? empty(x.device(), wide_dtype(x.dtype), row_shape(x.shape)) : Tensor{};
  Launch<RmsNormForwardArgs> launch(OpId::rms_norm_forward);
  read_dropout("rms_norm", &launch, &launch.args.dropout, {state, delta, dropout}, x);
  launch.read(launch.args.x, x);
  launch.read(launch.args.residual, residual);
  launch.read(launch.args.gamma, gamma);
  launch.write(launch.args.y, y);
  launch.write(launch.args.sum, sum);
  launch.write(launch.args.inv_rms, inv_rms);
  launch.args.rows = x.shape.rows();
  launch.args.channels = x.shape[-1];
  launch.args.epsilon = epsilon;
  launch.args.dtype = x.dtype;
  launch.args.parameter_dtype = gamma ? gamma.dtype : x.dtype;
  launch.submit(5.0 * static_cast<double>(x.numel()));
  return {y, keep ? sum : Tensor{}, inv_rms};
}
GS_EXPORT_OP(rms_norm_forward, "x", "residual", "gamma", "state", "delta", "dropout", "epsilon", "keep")

// Gradients of x, the residual and gamma, as asked for.
std::vector<Tensor> rms_norm_backward(const Tensor& gradient, const Tensor& input,
                                      const std::optional<Tensor>& gamma_input, const Tensor& inv_rms,
                                      const std::optional<Tensor>& state, int64_t delta, double dropout, bool wants_dx,
                                      bool wants_dresidual, bool wants_dgamma) {
  const Tensor dy = contiguous(gradient), x = contiguous(input);
  check_shape("rms_norm", "dy", dy, x.shape);
  check_same_dtype("rms_norm", {&x, &dy});
  const Tensor gamma = norm_parameter("rms_norm", "gamma", gamma_input, x);
  const Tensor dx = wants_dx ? empty_like(x) : Tensor{};
  const Tensor dresidual = wants_dresidual ? empty_like(x) : Tensor{};
  const Tensor dgamma = wants_dgamma ? empty(x.device(), inv_rms.dtype, {x.shape[-1]}) : Tensor{};
  Launch<RmsNormBackwardArgs> launch(OpId::rms_norm_backward);
  read_dropout("rms_norm", &launch, &launch.args.dropout, {state, delta, dropout}, x);
  launch.read(launch.args.dy, dy);
  launch.read(launch.args.x, x);
  launch.read(launch.args.gamma, gamma);
  launch.read(launch.args.inv_rms, inv_rms);
  launch.write(launch.args.dx, dx);
  launch.write(launch.args.dresidual, dresidual);
  launch.write(launch.args.dgamma, dgamma);
  launch.args.rows = x.shape.rows();
  launch.args.channels = x.shape[-1];
  launch.args.dtype = x.dtype;
  launch.args.parameter_dtype = gamma ? gamma.dtype : x.dtype;
  launch.submit(8.0 * static_cast<double>(x.numel()));
  return {dx, dresidual, dgamma};
}
GS_EXPORT_OP(rms_norm_backward, "dy", "x", "gamma", "inv_rms", "state", "delta", "dropout", "wants_dx",
             "wants_dresidual", "wants_dgamma")

}  // namespace gridstride::ops
