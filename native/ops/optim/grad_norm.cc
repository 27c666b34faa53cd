#include "kernels/optim/grad_norm.h"

#include "native/ops/function.h"
#include "native/ops/launch.h"
#include "native/ops/optim/tensor_lists.h"

namespace gridstride::ops {

namespace {

void launch_partial(const std::vector<Tensor>& gradients, size_t first, int32_t count, const Tensor& squares) {
  Launch<GradNormPartialArgs> launch(OpId::grad_norm_partial);
  auto& args = launch.args;
  double elements = 0;
  for (int32_t i = 0; i < count; ++i) {
    const Tensor& x = gradients[first + static_cast<size_t>(i)];
    launch.read(args.gradients[i], x);
    args.counts[i] = x.numel();
    args.dtypes[i] = x.dtype;
    elements += static_cast<double>(args.counts[i]);
  }
  launch.touch(args.squares, squares, first == 0 ? Access::write : Access::part);
  args.first = static_cast<int64_t>(first);
  args.tensors = count;
  launch.submit(2 * elements);
}

}  // namespace

// Sums of squares of each gradient, f64 (count).
Tensor grad_norm_partial(const std::vector<Tensor>& gradients) {
  if (gradients.empty()) fail_shape("grad_norm", "at least one gradient is needed");
  check_list("grad_norm", gradients);
  const Tensor squares = empty(gradients.front().device(), DType::f64, {static_cast<int64_t>(gradients.size())});
  in_parts(gradients.size(), [&](size_t first, int32_t count) { launch_partial(gradients, first, count, squares); });
  return squares;
}
GS_EXPORT_OP(grad_norm_partial, "gradients")

// GradientState, f32 (4), from sums of squares: the L2 norm, the factor that brings it to max_norm, whether it is not
// finite, and whether the optimizer must skip the step.
Tensor grad_norm_finish(const Tensor& squares, const std::optional<Tensor>& inverse_scale, double max_norm,
                        bool skip_non_finite) {
  check_dtype("grad_norm", "squares", squares, DType::f64);
  const Tensor result = empty(squares.device(), DType::f32, {4});
  Launch<GradNormFinishArgs> launch(OpId::grad_norm_finish);
  launch.read(launch.args.squares, squares);
  launch.read(launch.args.inverse_scale, inverse_scale.value_or(Tensor{}));
  launch.write(launch.args.result, result);
  launch.args.count = squares.numel();
  launch.args.max_norm = max_norm;
  launch.args.skip_non_finite = skip_non_finite;
  launch.submit(static_cast<double>(squares.numel()));
  return result;
}
GS_EXPORT_OP(grad_norm_finish, "squares", "inverse_scale", "max_norm", "skip_non_finite")

}  // namespace gridstride::ops
