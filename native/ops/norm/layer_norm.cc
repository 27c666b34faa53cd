#include "kernels/norm/layer_norm.h"

#include "native/ops/function.h"
#include "native/ops/launch.h"
#include "native/ops/norm/norm_check.h"
#include "native/ops/random/random_state.h"

namespace gridstride::ops {

// y = (s - mean) * inv_std * gamma + beta with s = dropout(x) + residual. With `keep`, also s (where it is not x),
// mean, inv_std.
std::vector<Tensor> layer_norm_forward(const Tensor& input, const std::optional<Tensor>& residual_input,
                                       const std::optional<Tensor>& gamma_input,
                                       const std::optional<Tensor>& beta_input, const std::optional<Tensor>& state,
                                       int64_t delta, double dropout, double epsilon, bool keep) {
  check_normalised("layer_norm", input);
  const Tensor x = contiguous(input), residual = norm_residual("layer_norm", residual_input, x);
  const Tensor gamma = norm_parameter("layer_norm", "gamma", gamma_input, x);
  const Tensor beta = norm_parameter("layer_norm", "beta", beta_input, x);
  check_same_dtype("layer_norm", {&gamma, &beta});
  const Tensor y = empty_like(x), sum = (keep && residual) || dropout > 0 ? empty_like(x) : Tensor{};
  const Shape rows = row_shape(x.shape);
  const Tensor mean = keep ? empty(x.device(), wide_dtype(x.dtype), rows) : Tensor{};
  const Tensor inv_std = keep ? empty_like(mean) : Tensor{};
  Launch<LayerNormForwardArgs> launch(OpId::layer_norm_forward);
  read_dropout("layer_norm", &launch, &launch.args.dropout, {state, delta, dropout}, x);
  launch.read(launch.args.x, x);
  launch.read(launch.args.residual, residual);
  launch.read(launch.args.gamma, gamma);
  launch.read(launch.args.beta, beta);
  launch.write(launch.args.y, y);
  launch.write(launch.args.sum, sum);
  launch.write(launch.args.mean, mean);
  launch.write(launch.args.inv_std, inv_std);
  launch.args.rows = x.shape.rows();
  launch.args.channels = x.shape[-1];
  launch.args.epsilon = epsilon;
  launch.args.dtype = x.dtype;
  launch.args.parameter_dtype = gamma ? gamma.dtype : beta ? beta.dtype : x.dtype;
  launch.submit(8.0 * static_cast<double>(x.numel()));
  return {y, keep ? sum : Tensor{}, mean, inv_std};
}
GS_EXPORT_OP(layer_norm_forward, "x", "residual", "gamma", "beta", "state", "delta", "dropout", "epsilon", "keep")

// Gradients of x, the residual, gamma and beta, as asked for.
std::vector<Tensor> layer_norm_backward(const Tensor& gradient, const Tensor& input,
                                        const std::optional<Tensor>& gamma_input, const Tensor& mean,
                                        const Tensor& inv_std, const std::optional<Tensor>& state, int64_t delta,
                                        double dropout, bool wants_dx, bool wants_dresidual, bool wants_dgamma,
                                        bool wants_dbeta) {
  const Tensor dy = contiguous(gradient), x = contiguous(input);
  check_shape("layer_norm", "dy", dy, x.shape);
  check_same_dtype("layer_norm", {&x, &dy});
  const Tensor gamma = norm_parameter("layer_norm", "gamma", gamma_input, x);
  const Tensor dx = wants_dx ? empty_like(x) : Tensor{};
  const Tensor dresidual = wants_dresidual ? empty_like(x) : Tensor{};
  const Tensor dgamma = wants_dgamma ? empty(x.device(), mean.dtype, {x.shape[-1]}) : Tensor{};
  const Tensor dbeta = wants_dbeta ? empty(x.device(), mean.dtype, {x.shape[-1]}) : Tensor{};
  Launch<LayerNormBackwardArgs> launch(OpId::layer_norm_backward);
  read_dropout("layer_norm", &launch, &launch.args.dropout, {state, delta, dropout}, x);
  launch.read(launch.args.dy, dy);
  launch.read(launch.args.x, x);
  launch.read(launch.args.gamma, gamma);
  launch.read(launch.args.mean, mean);
  launch.read(launch.args.inv_std, inv_std);
  launch.write(launch.args.dx, dx);
  launch.write(launch.args.dresidual, dresidual);
  launch.write(launch.args.dgamma, dgamma);
  launch.write(launch.args.dbeta, dbeta);
  launch.args.rows = x.shape.rows();
  launch.args.channels = x.shape[-1];
  launch.args.dtype = x.dtype;
  launch.args.parameter_dtype = gamma ? gamma.dtype : x.dtype;
  launch.submit(12.0 * static_cast<double>(x.numel()));
  return {dx, dresidual, dgamma, dbeta};
}
GS_EXPORT_OP(layer_norm_backward, "dy", "x", "gamma", "mean", "inv_std", "state", "delta", "dropout", "wants_dx",
             "wants_dresidual", "wants_dgamma", "wants_dbeta")

}  // namespace gridstride::ops
