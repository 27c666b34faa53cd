#include "kernels/layout/gather.h"

#include "native/core/device.h"
#include "native/ops/check.h"
#include "native/ops/function.h"
#include "native/ops/launch.h"
#include "native/ops/strided.h"

namespace gridstride::ops {

namespace {

int check_gather(const Tensor& x, int64_t axis, const Tensor& index) {
  const int at = normalize_axis("gather", axis, x.shape.rank);
  check_same_device("gather", {&x, &index});
  check_index_dtype("gather", "the index", index);
  check_rank("gather", "the index", index, x.shape.rank);
  for (int i = 0; i < x.shape.rank; ++i)
    if (i != at && index.shape.dims[i] > x.shape.dims[i])
      fail_shape("gather", "the index must not exceed x but along axis " + std::to_string(at) + ", got " +
                               index.shape.text() + " and " + x.shape.text());
  return at;
}

}  // namespace

// Elements of x by index along an axis; the result has the index's shape.
Tensor gather_forward(const Tensor& x, int64_t axis, const Tensor& index) {
  const int at = check_gather(x, axis, index);
  const Tensor y = empty(x.device(), x.dtype, index.shape);
  Launch<GatherForwardArgs> launch(OpId::gather_forward);
  launch.read(launch.args.x, x);
  launch.read(launch.args.index, index);
  launch.write(launch.args.y, y);
  copy_sizes(index.shape, launch.args.sizes);
  std::copy_n(x.strides, kMaxRank, launch.args.x_strides);
  std::copy_n(index.strides, kMaxRank, launch.args.index_strides);
  launch.args.size = x.shape.dims[at];
  launch.args.rank = x.shape.rank;
  launch.args.dim = at;
  launch.args.dtype = x.dtype;
  launch.args.index_dtype = index.dtype;
  launch.submit(0, static_cast<double>(y.numel() * (2 * dtype_size(y.dtype) + dtype_size(index.dtype))));
  return y;
}
GS_EXPORT_OP(gather_forward, "x", "axis", "index")

// dx of the shape `sizes`.
Tensor gather_backward(const Tensor& dy, int64_t axis, const Tensor& index, const std::vector<int64_t>& sizes) {
  const Tensor dx = empty(dy.device(), dy.dtype, Shape(sizes));
  const int at = check_gather(dx, axis, index);
  check_shape("gather", "dy", dy, index.shape);
  Launch<GatherBackwardArgs> launch(OpId::gather_backward);
  launch.read(launch.args.dy, dy);
  launch.read(launch.args.index, index);
  launch.write(launch.args.dx, dx);
  copy_sizes(index.shape, launch.args.sizes);
  std::copy_n(dy.strides, kMaxRank, launch.args.dy_strides);
  std::copy_n(index.strides, kMaxRank, launch.args.index_strides);
  std::copy_n(dx.strides, kMaxRank, launch.args.dx_strides);
  launch.args.size = dx.shape.dims[at];
  launch.args.dx_count = dx.numel();
  launch.args.rank = dx.shape.rank;
  launch.args.dim = at;
  launch.args.dtype = dy.dtype;
  launch.args.index_dtype = index.dtype;
  launch.submit(static_cast<double>(dy.numel()));
  return dx;
}
GS_EXPORT_OP(gather_backward, "dy", "axis", "index", "sizes")

}  // namespace gridstride::ops
