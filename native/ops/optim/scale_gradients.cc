#include "kernels/optim/scale_gradients.h"

#include "native/ops/function.h"
#include "native/ops/launch.h"
#include "native/ops/optim/tensor_lists.h"

namespace gridstride::ops {

// Multiplies dense gradients in place by a scale (1) on the device, f32.
void scale_gradients(const std::vector<Tensor>& gradients, const Tensor& scale) {
  const char* op = "scaleGradients";
  if (gradients.empty()) return;
  check_lists(op, "gradient", gradients, gradients);
  check_dtype(op, "scale", scale, DType::f32);
  if (scale.numel() != 1) fail_shape(op, "scale must have one element, got " + scale.shape.text());
  each_chunk(gradients.size(), [&](size_t begin, int32_t count) {
    Launch<ScaleGradientsArgs> launch(OpId::scale_gradients);
    double elements = 0;
    for (int32_t i = 0; i < count; ++i) {
      const Tensor& gradient = gradients[begin + i];
      launch.update(launch.args.gradients[i], gradient);
      launch.args.counts[i] = gradient.numel();
      launch.args.dtypes[i] = gradient.dtype;
      elements += static_cast<double>(gradient.numel());
    }
    launch.read(launch.args.scale, scale);
    launch.args.tensors = count;
    launch.submit(elements);
  });
}
GS_EXPORT_OP(scale_gradients, "gradients", "scale")

}  // namespace gridstride::ops
