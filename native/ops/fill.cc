#include "kernels/elementwise/fill.h"

#include "native/ops/check.h"
#include "native/ops/engine.h"
#include "native/ops/function.h"
#include "native/ops/launch.h"
#include "native/ops/strided.h"

namespace gridstride::ops {

// A new tensor of one value.
Tensor fill(const std::vector<int64_t>& sizes, double value, DType dtype, const std::string& device) {
  const Tensor y = empty(Engine::instance().device(device), dtype, Shape(sizes));
  Launch<FillArgs> launch(OpId::fill);
  launch.write(launch.args.y, y);
  copy_sizes(y.shape, launch.args.sizes);
  broadcast_strides(y, y.shape, launch.args.y_strides);
  launch.args.value = value;
  launch.args.rank = y.shape.rank;
  launch.args.dtype = dtype;
  launch.submit(0);
  return y;
}
GS_EXPORT_OP(fill, "sizes", "value", "dtype", "device")

}  // namespace gridstride::ops
