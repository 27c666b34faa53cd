#include "kernels/optim/grad_norm.h"

#include "native/core/device.h"
#include "native/ops/function.h"
#include "native/ops/launch.h"
#include "native/ops/optim/tensor_lists.h"

namespace gridstride::ops {

namespace {

constexpr const char* kOp = "gradNorm";

}  // namespace

// The sum of squares of each gradient, f64 (N).
Tensor grad_norm_partial(const std::vector<Tensor>& gradients) {
  if (gradients.empty()) fail_shape(kOp, "at least one gradient is needed");
  for (const Tensor& gradient : gradients) {
    check_same_device(kOp, {&gradients[0], &gradient});
    check_floating(kOp, gradient);
    if (!gradient.is_contiguous()) fail_shape(kOp, "gradients must be dense");
  }
  const Tensor squares = empty(gradients[0].device(), DType::f64, {static_cast<int64_t>(gradients.size())});
  each_chunk(gradients.size(), [&](size_t begin, int32_t count) {
    Launch<GradNormPartialArgs> launch(OpId::grad_norm_partial);
    double elements = 0;
    for (int32_t i = 0; i < count; ++i) {
      const Tensor& gradient = gradients[begin + i];
      launch.read(launch.args.gradients[i], gradient);
      launch.args.counts[i] = gradient.numel();
      launch.args.dtypes[i] = gradient.dtype;
      elements += static_cast<double>(gradient.numel());
    }
    // The first launch makes the storage, the others add to it.
    if (begin == 0)
      launch.write(launch.args.squares, squares);
    else
      launch.update(launch.args.squares, squares);
    launch.args.first = static_cast<int64_t>(begin);
    launch.args.tensors = count;
    launch.submit(2 * elements);
  });
  return squares;
}
GS_EXPORT_OP(grad_norm_partial, "gradients")

// The gradient state (4) from the squares: norm, scale, non-finite flag, skip flag. inverse_scale (1): one over the
// loss scale.
Tensor grad_norm_finish(const Tensor& squares, const std::optional<Tensor>& inverse_scale, double max_norm,
                        bool skip_non_finite) {
  check_dtype(kOp, "squares", squares, DType::f64);
  const Tensor result = empty(squares.device(), DType::f32, {4});
  Launch<GradNormFinishArgs> launch(OpId::grad_norm_finish);
  launch.read(launch.args.squares, squares);
  if (inverse_scale) launch.read(launch.args.inverse_scale, *inverse_scale);
  launch.write(launch.args.result, result);
  launch.args.count = squares.numel();
  launch.args.max_norm = max_norm;
  launch.args.skip_non_finite = skip_non_finite;
  launch.submit(static_cast<double>(squares.numel()));
  return result;
}
GS_EXPORT_OP(grad_norm_finish, "squares", "inverse_scale", "max_norm", "skip_non_finite")

}  // namespace gridstride::ops
