#include "kernels/gemm/linear.h"

#include <algorithm>

#include "kernels/gemm/column_sum.cuh"
#include "native/cuda/dispatch.h"
#include "native/cuda/gemm/gemm.h"

namespace gridstride::cuda {

namespace {

constexpr unsigned kColumnThreads = kColumnWarps * kWarpSize;
// Partial column sums: few enough to add quickly, each of rows enough to be worth its blocks.
constexpr int64_t kMaxParts = 512, kMinRowsPerPart = 4 * kColumnWarps;

int64_t rounded(int64_t bytes) { return (bytes + 255) / 256 * 256; }
int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

GemmArgs product(const GemmOperand& a, const GemmOperand& b, int64_t m, int64_t n, int64_t k) {
  GemmArgs args{};
  args.a = a, args.b = b;
  args.m = m, args.n = n, args.k = k;
  args.outer = args.inner = 1;
  args.to.alpha = 1.0f;
  return args;
}

// One look at dy for dz and dbias, as far as they are wanted: parts of rows by blocks of columns.
struct DzPlan {
  LinearDzArgs args{};
  bool writes_dz, vectors;
  int64_t columns_per_block, parts;

  DzPlan(const LinearBackwardArgs& from, int multiprocessors) {
    const int64_t length = 16 / dtype_size(from.dtype);
    const bool takes_dy =
        from.dtype == DType::f32 || (are_aligned(from.dy) && (from.dy_stride % length == 0 || from.m <= 1));
    writes_dz = (from.dx || from.dw) && (from.activation != Activation::none || !takes_dy);
    vectors = are_aligned(from.dy, from.pre_activation) && from.n % length == 0 && from.dy_stride % length == 0;
    columns_per_block = kWarpSize * (vectors ? length : 1);
    const int64_t wanted = std::clamp<int64_t>(
        4 * multiprocessors / std::max<int64_t>(ceil_div(from.n, columns_per_block), 1), 1, kMaxParts);
    args.dy = from.dy, args.z = from.pre_activation;
    args.m = from.m, args.n = from.n;
    args.dy_stride = from.dy_stride;
    args.dz_stride = (from.n + 7) / 8 * 8;
    args.rows_per_part = std::max(ceil_div(from.m, wanted), kMinRowsPerPart);
    args.activation = from.activation;
    parts = ceil_div(from.m, args.rows_per_part);
  }
  int64_t dz_bytes(DType dtype) const { return writes_dz ? rounded(args.m * args.dz_stride * dtype_size(dtype)) : 0; }
  int64_t part_bytes() const { return rounded(parts * args.n * 4); }
};

template <class T>
void launch_dz(const DzPlan& plan, Run& run) {
  if (plan.parts == 0 || plan.args.n == 0 || (!plan.args.dz && !plan.args.parts)) return;
  const dim3 grid(blocks_for(plan.args.n, plan.columns_per_block), static_cast<unsigned>(plan.parts));
  const auto kernel = plan.vectors ? linear_dz<T, kVectorLength<T>> : linear_dz<T, 1>;
  check_launch("linear_backward", launch(run.stream, grid, kColumnThreads, 0, kernel, plan.args));
}

template <class G>
void launch_column_sums(const DzPlan& plan, void* sums, Run& run) {
  if (plan.args.n == 0) return;
  check_launch("linear_backward",
               launch(run.stream, blocks_for(plan.args.n, kWarpSize), kColumnThreads, 0, sum_column_parts<G>,
                      plan.args.parts, static_cast<int>(plan.parts), plan.args.n, static_cast<G*>(sums)));
}

template <class T, class G>
void backward(const LinearBackwardArgs& args, Run& run) {
  DzPlan dz(args, run.multiprocessors);
  const void* gradient = dz.writes_dz ? nullptr : args.dy;  // dz is not yet anywhere, but will be aligned
  const int64_t stride = dz.writes_dz ? dz.args.dz_stride : args.dy_stride;
  GemmArgs dx = product({gradient, stride, 1, 0, 0}, {args.w, 1, args.k, 0, 0}, args.m, args.k, args.n);
  dx.to.c = args.dx, dx.to.stride = args.dx_stride, dx.to.dtype = args.dtype;
  GemmArgs dw = product({gradient, 1, stride, 0, 0}, {args.x, 1, args.x_stride, 0, 0}, args.n, args.k, args.m);
  dw.to.c = args.dw, dw.to.stride = args.k, dw.to.dtype = args.grad_dtype;
  const GemmPlan dx_plan = plan_gemm(dx, args.dtype, run.multiprocessors);
  const GemmPlan dw_plan = plan_gemm(dw, args.dtype, run.multiprocessors);

  // The scratch: dz, the parts of dbias, and the partial sums of one product after the other.
  const int64_t dz_bytes = dz.dz_bytes(args.dtype), part_bytes = args.dbias ? dz.part_bytes() : 0;
  const int64_t partial_bytes =
      std::max(args.dx ? gemm_scratch_bytes(dx, dx_plan) : 0, args.dw ? gemm_scratch_bytes(dw, dw_plan) : 0);
  const int64_t bytes = dz_bytes + part_bytes + partial_bytes;
  char* scratch = bytes > 0 ? static_cast<char*>(run.workspace(bytes)) : nullptr;
  if (dz.writes_dz) dx.a.data = dw.a.data = dz.args.dz = scratch;
  if (args.dbias) dz.args.parts = reinterpret_cast<float*>(scratch + dz_bytes);
  void* partials = scratch + dz_bytes + part_bytes;

  launch_dz<T>(dz, run);
  if (args.dbias) launch_column_sums<G>(dz, args.dbias, run);
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
  with_floating("linear", args.dtype, [&](auto tag) {
    with_floating("linear", args.grad_dtype,
                  [&](auto grad) { backward<typename decltype(tag)::type, typename decltype(grad)::type>(args, run); });
  });
}

}  // namespace gridstride::cuda
