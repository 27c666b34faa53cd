#include "kernels/layout/index_select.h"

#include "native/core/device.h"
#include "native/ops/check.h"
#include "native/ops/function.h"
#include "native/ops/launch.h"

namespace gridstride::ops {

namespace {

// Fields that forward and backward share; `x` is the shape of the tensor that is selected from.
template <class Args>
void fill_sizes(Args* args, const Shape& x, int axis, const Tensor& ids) {
  args->outer = args->inner = 1;
  for (int i = 0; i < axis; ++i) args->outer *= x.dims[i];
  for (int i = axis + 1; i < x.rank; ++i) args->inner *= x.dims[i];
  args->size = x.dims[axis];
  args->count = ids.numel();
  args->id_dtype = ids.dtype;
}

}  // namespace

// Slices of x by index along an axis.
Tensor index_select_forward(const Tensor& input, int64_t axis, const Tensor& ids_input) {
  const int at = normalize_axis("index_select", axis, input.shape.rank);
  check_same_device("index_select", {&input, &ids_input});
  check_index_dtype("index_select", "the index", ids_input);
  check_rank("index_select", "the index", ids_input, 1);
  const Tensor x = contiguous(input), ids = contiguous(ids_input);
  Shape shape = x.shape;
  shape.dims[at] = ids.numel();
  const Tensor y = empty(x.device(), x.dtype, shape);
  Launch<IndexSelectForwardArgs> launch(OpId::index_select_forward);
  launch.read(launch.args.x, x);
  launch.read(launch.args.ids, ids);
  launch.write(launch.args.y, y);
  fill_sizes(&launch.args, x.shape, at, ids);
  launch.args.dtype = x.dtype;
  launch.submit(0, 2.0 * static_cast<double>(y.numel() * dtype_size(y.dtype)));
  return y;
}
GS_EXPORT_OP(index_select_forward, "x", "axis", "ids")

// dx, of `size` along the axis.
Tensor index_select_backward(const Tensor& gradient, int64_t axis, const Tensor& ids_input, int64_t size) {
  const int at = normalize_axis("index_select", axis, gradient.shape.rank);
  const Tensor dy = contiguous(gradient), ids = contiguous(ids_input);
  Shape shape = dy.shape;
  shape.dims[at] = size;
  const Tensor dx = empty(dy.device(), dy.dtype, shape);
  Launch<IndexSelectBackwardArgs> launch(OpId::index_select_backward);
  launch.read(launch.args.dy, dy);
  launch.read(launch.args.ids, ids);
  launch.write(launch.args.dx, dx);
  fill_sizes(&launch.args, shape, at, ids);
  launch.args.dtype = dy.dtype;
  launch.submit(static_cast<double>(dy.numel()));
  return dx;
}
GS_EXPORT_OP(index_select_backward, "dy", "axis", "ids", "size")

}  // namespace gridstride::ops
