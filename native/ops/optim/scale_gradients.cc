#include "kernels/optim/scale_gradients.h"

#include "native/ops/function.h"
#include "native/ops/launch.h"
#include "native/ops/optim/tensor_lists.h"

namespace gridstride::ops {

// Every gradient times a number on the device, f32 (1), in place.
void scale_gradients(const std::vector<Tensor>& gradients, const Tensor& scale) {
  check_list("scale_gradients", gradients);
  check_dtype("scale_gradients", "the scale", scale, DType::f32);
  check_shape("scale_gradients", "the scale", scale, {1});
  in_parts(gradients.size(), [&](size_t first, int32_t count) {
    Launch<ScaleGradientsArgs> launch(OpId::scale_gradients);
    auto& args = launch.args;
    for (int32_t i = 0; i < count; ++i) {
      const Tensor& x = gradients[first + static_cast<size_t>(i)];
      launch.update(args.gradients[i], x);
      args.counts[i] = x.numel();
      args.dtypes[i] = x.dtype;
    }
    launch.read(args.scale, scale);
    args.tensors = count;
    launch.submit(0);
  });
}
GS_EXPORT_OP(scale_gradients, "gradients", "scale")

}  // namespace gridstride::ops
