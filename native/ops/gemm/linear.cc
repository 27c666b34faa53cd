#include "kernels/gemm/linear.h"

#include "native/core/device.h"
#include "native/ops/check.h"
#include "native/ops/function.h"
#include "native/ops/launch.h"

namespace gridstride::ops {

namespace {

struct LinearSizes {
  int64_t m, n, k;
  Shape y;  // (..., n)
};

LinearSizes check_linear(const Tensor& x, const Tensor& w) {
  check_floating("linear", x);
  check_same_device("linear", {&x, &w});
  check_same_dtype("linear", {&x, &w});
  check_rank("linear", "weight", w, 2);
  if (x.shape.rank < 1 || x.shape[-1] != w.shape[1])
    fail_shape("linear",
               "the last size of x must be the weight's second, got " + x.shape.text() + " and " + w.shape.text());
  LinearSizes sizes{x.shape.rows(), w.shape[0], w.shape[1], x.shape};
  sizes.y.dims[x.shape.rank - 1] = sizes.n;
  return sizes;
}

}  // namespace

// y = activation(x W^T + bias) + residual. With `keep`, also z, the input of the activation.
std::vector<Tensor> linear_forward(const Tensor& input, const Tensor& weight, const std::optional<Tensor>& bias,
                                   const std::optional<Tensor>& residual, Activation activation, bool keep) {
  const LinearSizes sizes = check_linear(input, weight);
  const Tensor x = with_uniform_rows(input), w = contiguous(weight);
  const Tensor b = bias ? contiguous(*bias) : Tensor{}, r = residual ? with_uniform_rows(*residual) : Tensor{};
  check_same_device("linear", {&x, &b, &r});
  check_same_dtype("linear", {&x, &b, &r});
  if (b) check_shape("linear", "bias", b, {sizes.n});
  if (r) check_shape("linear", "residual", r, sizes.y);
  const Tensor y = empty(x.device(), x.dtype, sizes.y);
  const Tensor z = keep && activation != Activation::none ? empty_like(y) : Tensor{};
  Launch<LinearForwardArgs> launch(OpId::linear_forward);
  launch.read(launch.args.x, x);
  launch.read(launch.args.w, w);
  launch.read(launch.args.bias, b);
  launch.read(launch.args.residual, r);
  launch.write(launch.args.y, y);
  launch.write(launch.args.pre_activation, z);
  launch.args.m = sizes.m;
  launch.args.n = sizes.n;
  launch.args.k = sizes.k;
  launch.args.x_stride = x.row_stride();
  launch.args.residual_stride = r ? r.row_stride() : 0;
  launch.args.y_stride = sizes.n;
  launch.args.activation = activation;
  launch.args.dtype = x.dtype;
  launch.submit(2.0 * static_cast<double>(sizes.m) * static_cast<double>(sizes.n) * static_cast<double>(sizes.k));
  return {y, z};
}
GS_EXPORT_OP(linear_forward, "x", "weight", "bias", "residual", "activation", "keep")

// The gradients asked for, of x, weight and bias; those of weight and bias are f32 (f64 for f64).
std::vector<Tensor> linear_backward(const Tensor& gradient, const Tensor& input, const Tensor& weight,
                                    const std::optional<Tensor>& pre_activation, Activation activation, bool wants_dx,
                                    bool wants_dw, bool wants_dbias) {
  const LinearSizes sizes = check_linear(input, weight);
  check_shape("linear", "dy", gradient, sizes.y);
  check_same_dtype("linear", {&input, &gradient});
  const Tensor dy = with_uniform_rows(gradient), x = with_uniform_rows(input), w = contiguous(weight);
  const Tensor z = pre_activation ? *pre_activation : Tensor{};
  const DType wide = x.dtype == DType::f64 ? DType::f64 : DType::f32;
  const Tensor dx = wants_dx ? empty(x.device(), x.dtype, x.shape) : Tensor{};
  const Tensor dw = wants_dw ? empty(x.device(), wide, w.shape) : Tensor{};
  const Tensor dbias = wants_dbias ? empty(x.device(), wide, {sizes.n}) : Tensor{};
  Launch<LinearBackwardArgs> launch(OpId::linear_backward);
  launch.read(launch.args.dy, dy);
  launch.read(launch.args.x, x);
  launch.read(launch.args.w, w);
  launch.read(launch.args.pre_activation, z);
  launch.write(launch.args.dx, dx);
  launch.write(launch.args.dw, dw);
  launch.write(launch.args.dbias, dbias);
  launch.args.m = sizes.m;
  launch.args.n = sizes.n;
  launch.args.k = sizes.k;
  launch.args.dy_stride = dy.row_stride();
  launch.args.x_stride = x.row_stride();
  launch.args.dx_stride = sizes.k;
  launch.args.activation = activation;
  launch.args.dtype = x.dtype;
  launch.args.grad_dtype = wide;
  const double product =
      2.0 * static_cast<double>(sizes.m) * static_cast<double>(sizes.n) * static_cast<double>(sizes.k);
  launch.submit(product * ((wants_dx ? 1 : 0) + (wants_dw ? 1 : 0)));
  return {dx, dw, dbias};
}
GS_EXPORT_OP(linear_backward, "dy", "x", "weight", "pre_activation", "activation", "wants_dx", "wants_dw",
             "wants_dbias")

}  // namespace gridstride::ops
