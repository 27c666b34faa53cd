#include "kernels/gemm/linear.h"

#include <algorithm>

#include "native/cuda/dispatch.h"
#include "native/cuda/elementwise/activation_gradient.h"
#include "native/cuda/gemm/gemm.h"

namespace gridstride::cuda {

namespace {

int64_t rounded(int64_t bytes) { return (bytes + 255) / 256 * 256; }

GemmArgs product(const GemmOperand& a, const GemmOperand& b, int64_t m, int64_t n, int64_t k) {
  GemmArgs args{};
  args.a = a, args.b = b;
  args.m = m, args.n = n, args.k = k;
  args.outer = args.inner = 1;
  args.to.alpha = 1.0f;
  return args;
}

// Whether the products cannot take dy as it is.
bool writes_dz(const LinearBackwardArgs& args) {
  const int64_t length = 16 / dtype_size(args.dtype);
  const bool takes_dy =
      args.dtype == DType::f32 || (are_aligned(args.dy) && (args.dy_stride % length == 0 || args.m <= 1));
  return (args.dx || args.dw) && (args.activation != Activation::none || !takes_dy);
}

ActivationGradientArgs dz_of(const LinearBackwardArgs& args) {
  ActivationGradientArgs dz{};
  dz.dy = args.dy, dz.z = args.pre_activation;
  dz.m = args.m, dz.n = args.n;
  dz.dy_stride = args.dy_stride, dz.dz_stride = (args.n + 7) / 8 * 8;
  dz.activation = args.activation;
  return dz;
}

void backward(const LinearBackwardArgs& args, Run& run) {
  ActivationGradient dz(dz_of(args), args.dtype, run.multiprocessors);
  const bool is_written = writes_dz(args);
  const void* gradient = is_written ? nullptr : args.dy;  // dz is not yet anywhere, but will be aligned
  const int64_t stride = is_written ? dz.args.dz_stride : args.dy_stride;
  GemmArgs dx = product({gradient, stride, 1, 0, 0}, {args.w, 1, args.k, 0, 0}, args.m, args.k, args.n);
  dx.to.c = args.dx, dx.to.stride = args.dx_stride, dx.to.dtype = args.dtype;
  GemmArgs dw = product({gradient, 1, stride, 0, 0}, {args.x, 1, args.x_stride, 0, 0}, args.n, args.k, args.m);
  dw.to.c = args.dw, dw.to.stride = args.k, dw.to.dtype = args.grad_dtype;
  const GemmPlan dx_plan = plan_gemm(dx, args.dtype, run.multiprocessors);
  const GemmPlan dw_plan = plan_gemm(dw, args.dtype, run.multiprocessors);

  // The scratch: dz, the parts of dbias, and the partial sums of one product after the other.
  const int64_t dz_bytes = is_written ? rounded(args.m * stride * dtype_size(args.dtype)) : 0;
  const int64_t part_bytes = args.dbias ? dz.part_bytes() : 0;
  const int64_t partial_bytes =
      std::max(args.dx ? gemm_scratch_bytes(dx, dx_plan) : 0, args.dw ? gemm_scratch_bytes(dw, dw_plan) : 0);
  const int64_t bytes = dz_bytes + part_bytes + partial_bytes;
  char* scratch = bytes > 0 ? static_cast<char*>(run.workspace(bytes)) : nullptr;
  if (is_written) dx.a.data = dw.a.data = dz.args.dz = scratch;
  if (args.dbias) dz.args.parts = reinterpret_cast<float*>(scratch + dz_bytes);
  void* partials = scratch + dz_bytes + part_bytes;

  dz.start("linear_backward", run);
  if (args.dbias) dz.sum_columns("linear_backward", args.dbias, args.grad_dtype, run);
  if (args.dx) launch_gemm("linear_backward", dx, args.dtype, dx_plan, partials, run);
  if (args.dw) launch_gemm("linear_backward", dw, args.dtype, dw_plan, partials, run);
}

}  // namespace

void linear_forward(const LinearForwardArgs& args, Run& run) {
  GemmArgs gemm = product({args.x, args.x_stride, 1, 0, 0}, {args.w, args.k, 1, 0, 0}, args.m, args.n, args.k);
  gemm.to.c = args.y, gemm.to.stride = args.y_stride;
  gemm.to.bias = args.bias;
  gemm.to.residual = args.residual, gemm.to.residual_stride = args.residual_stride;
  gemm.to.pre_activation = args.pre_activation;
  gemm.to.activation = args.activation;
  gemm.to.dtype = args.dtype;
  with_floating("linear", args.dtype, [&](auto) { run_gemm("linear_forward", gemm, args.dtype, run); });
}

void linear_backward(const LinearBackwardArgs& args, Run& run) {
  with_floating("linear", args.dtype,
                [&](auto) { with_floating("linear", args.grad_dtype, [&](auto) { backward(args, run); }); });
}

}  // namespace gridstride::cuda
