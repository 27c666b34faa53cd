#include "kernels/elementwise/activation.h"

#include "native/core/device.h"
#include "native/ops/check.h"
#include "native/ops/function.h"
#include "native/ops/launch.h"
#include "native/ops/random/random_state.h"

namespace gridstride::ops {

namespace {

// Of one activation and its derivative; only for rooflines, where memory decides.
constexpr double kFlops = 8;

Tensor activation_bias(const std::optional<Tensor>& bias, const Tensor& x) {
  if (!bias) return {};
  check_same_device("activation", {&x, &*bias});
  check_same_dtype("activation", {&x, &*bias});
  if (x.shape.rank < 1) fail_shape("activation", "x must have a last dimension for a bias, got a scalar");
  check_shape("activation", "bias", *bias, {x.shape[-1]});
  return contiguous(*bias);
}

// Without a bias all elements are one row.
template <class Launch>
void read_activation(Launch* launch, const Tensor& x, const Tensor& bias, Activation kind) {
  launch->read(launch->args.x, x);
  launch->read(launch->args.bias, bias);
  launch->args.rows = bias ? x.shape.rows() : 1;
  launch->args.columns = bias ? x.shape[-1] : x.numel();
  launch->args.kind = kind;
  launch->args.dtype = x.dtype;
}

}  // namespace

// y = dropout(f(x + bias)), dense.
Tensor activation_forward(const Tensor& input, const std::optional<Tensor>& bias_input,
                          const std::optional<Tensor>& state, Activation kind, int64_t delta, double dropout) {
  check_floating("activation", input);
  const Tensor x = contiguous(input), bias = activation_bias(bias_input, x), y = empty_like(x);
  Launch<ActivationForwardArgs> launch(OpId::activation_forward);
  read_activation(&launch, x, bias, kind);
  read_dropout("activation", &launch, &launch.args.dropout, {state, delta, dropout}, x);
  launch.write(launch.args.y, y);
  launch.submit(kFlops * static_cast<double>(x.numel()));
  return y;
}
GS_EXPORT_OP(activation_forward, "x", "bias", "state", "kind", "delta", "dropout")

// dx = dropout(dy) f'(x + bias) and the bias's gradient, f32 (f64 for f64), as asked for.
std::vector<Tensor> activation_backward(const Tensor& input, const std::optional<Tensor>& bias_input,
                                        const Tensor& gradient, const std::optional<Tensor>& state, Activation kind,
                                        int64_t delta, double dropout, bool wants_dx, bool wants_dbias) {
  check_same_device("activation", {&input, &gradient});
  check_same_dtype("activation", {&input, &gradient});
  check_shape("activation", "dy", gradient, input.shape);
  const Tensor x = contiguous(input), dy = contiguous(gradient), bias = activation_bias(bias_input, x);
  const DType wide = x.dtype == DType::f64 ? DType::f64 : DType::f32;
  const Tensor dx = wants_dx ? empty_like(x) : Tensor{};
  const Tensor dbias = wants_dbias ? empty(x.device(), wide, {x.shape[-1]}) : Tensor{};
  Launch<ActivationBackwardArgs> launch(OpId::activation_backward);
  read_activation(&launch, x, bias, kind);
  read_dropout("activation", &launch, &launch.args.dropout, {state, delta, dropout}, x);
  launch.read(launch.args.dy, dy);
  launch.write(launch.args.dx, dx);
  launch.write(launch.args.dbias, dbias);
  launch.args.grad_dtype = wide;
  launch.submit(kFlops * static_cast<double>(x.numel()));
  return {dx, dbias};
}
GS_EXPORT_OP(activation_backward, "x", "bias", "dy", "state", "kind", "delta", "dropout", "wants_dx", "wants_dbias")

}  // namespace gridstride::ops
