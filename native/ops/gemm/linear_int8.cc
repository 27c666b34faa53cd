#include "kernels/gemm/linear_int8.h"

#include "native/core/device.h"
#include "native/ops/check.h"
#include "native/ops/function.h"
#include "native/ops/launch.h"

namespace gridstride::ops {

namespace {

void check_quantisable(const char* name, const Tensor& x) {
  if (x.dtype != DType::f32 && x.dtype != DType::bf16 && x.dtype != DType::f16)
    throw Error(ErrorCode::kDType,
                std::string("linear_int8: ") + name + " must be f32, bf16 or f16, got " + dtype_name(x.dtype));
}

void check_depth(int64_t k) {
  if (k > kInt8MaxDepth)
    fail_shape("linear_int8",
               "the depth must be at most " + std::to_string(kInt8MaxDepth) + ", got " + std::to_string(k));
}

Shape packed_shape(int64_t n, int64_t k) {
  return {int8_blocks(n), int8_depth(k) / kInt8Group, kInt8Columns, kInt8Group};
}

}  // namespace

// Weights (n, k) as 8-bit integers in the order of linear_int8.h, and the scales of their channels, padded to whole
// blocks.
std::vector<Tensor> linear_int8_quantize(const Tensor& weight) {
  check_rank("linear_int8", "weight", weight, 2);
  check_quantisable("weight", weight);
  const int64_t n = weight.shape[0], k = weight.shape[1];
  check_depth(k);
  const Tensor packed = empty(weight.device(), DType::u8, packed_shape(n, k));
  const Tensor scales = empty(weight.device(), DType::f32, {int8_blocks(n) * kInt8Columns});
  Launch<LinearInt8QuantizeArgs> launch(OpId::linear_int8_quantize);
  launch.read(launch.args.w, contiguous(weight));
  launch.write(launch.args.packed, packed);
  launch.write(launch.args.scales, scales);
  launch.args.n = n;
  launch.args.k = k;
  launch.args.dtype = weight.dtype;
  launch.submit(2.0 * static_cast<double>(weight.numel()));
  return {packed, scales};
}
GS_EXPORT_OP(linear_int8_quantize, "weight")

// y = activation(x W^T + bias) + residual with weights (n, k) of linear_int8_quantize.
std::vector<Tensor> linear_int8_forward(const Tensor& input, const Tensor& packed, const Tensor& scales,
                                        const std::optional<Tensor>& bias, const std::optional<Tensor>& residual,
                                        Activation activation, int64_t n, int64_t k) {
  check_quantisable("x", input);
  check_same_device("linear_int8", {&input, &packed, &scales});
  check_dtype("linear_int8", "the packed weight", packed, DType::u8);
  check_dtype("linear_int8", "scales", scales, DType::f32);
  if (n < 0 || k < 0) fail_shape("linear_int8", "sizes must not be negative");
  check_depth(k);
  check_shape("linear_int8", "the packed weight", packed, packed_shape(n, k));
  check_shape("linear_int8", "scales", scales, {int8_blocks(n) * kInt8Columns});
  if (input.shape.rank < 1 || input.shape[-1] != k)
    fail_shape("linear_int8",
               "the last size of x must be the weight's " + std::to_string(k) + ", got " + input.shape.text());
  const Tensor x = with_uniform_rows(input), w = contiguous(packed), s = contiguous(scales);
  const Tensor b = bias ? contiguous(*bias) : Tensor{}, r = residual ? with_uniform_rows(*residual) : Tensor{};
  check_same_device("linear_int8", {&x, &b, &r});
  check_same_dtype("linear_int8", {&x, &b, &r});
  Shape shape = x.shape;
  shape.dims[shape.rank - 1] = n;
  if (b) check_shape("linear_int8", "bias", b, {n});
  if (r) check_shape("linear_int8", "residual", r, shape);
  const Tensor y = empty(x.device(), x.dtype, shape);
  Launch<LinearInt8ForwardArgs> launch(OpId::linear_int8_forward);
  launch.read(launch.args.x, x);
  launch.read(launch.args.w, w);
  launch.read(launch.args.scales, s);
  launch.read(launch.args.bias, b);
  launch.read(launch.args.residual, r);
  launch.write(launch.args.y, y);
  launch.args.m = x.shape.rows();
  launch.args.n = n;
  launch.args.k = k;
  launch.args.x_stride = x.row_stride();
  launch.args.residual_stride = r ? r.row_stride() : 0;
  launch.args.y_stride = n;
  launch.args.activation = activation;
  launch.args.dtype = x.dtype;
  launch.submit(2.0 * static_cast<double>(x.shape.rows()) * static_cast<double>(n) * static_cast<double>(k));
  return {y};
}
GS_EXPORT_OP(linear_int8_forward, "x", "packed", "scales", "bias", "residual", "activation", "n", "k")

}  // namespace gridstride::ops
