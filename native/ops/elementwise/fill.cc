#include "kernels/elementwise/fill.h"

#include "native/ops/check.h"
#include "native/ops/engine.h"
#include "native/ops/function.h"
#include "native/ops/launch.h"
#include "native/ops/layout/launch_copy.h"
#include "native/ops/strided.h"

namespace gridstride::ops {

void launch_fill(const Tensor& y, double value, Access access) {
  Launch<FillArgs> launch(OpId::fill);
  launch.touch(launch.args.y, y, access);
  copy_sizes(y.shape, launch.args.sizes);
  broadcast_strides(y, y.shape, launch.args.y_strides);
  launch.args.value = value;
  launch.args.rank = y.shape.rank;
  launch.args.dtype = y.dtype;
  launch.submit(0);
}

// A new tensor of one value.
Tensor fill(const std::vector<int64_t>& sizes, double value, DType dtype, const std::string& device) {
  const Tensor y = empty(Engine::instance().device(device), dtype, Shape(sizes));
  launch_fill(y, value, Access::write);
  return y;
}
GS_EXPORT_OP(fill, "sizes", "value", "dtype", "device")

}  // namespace gridstride::ops
