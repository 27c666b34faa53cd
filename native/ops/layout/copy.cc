#include "kernels/layout/copy.h"

#include "native/core/device.h"
#include "native/ops/check.h"
#include "native/ops/function.h"
#include "native/ops/launch.h"
#include "native/ops/layout/launch_copy.h"
#include "native/ops/strided.h"

namespace gridstride::ops {

void launch_copy(const Tensor& x, const Tensor& y, Access access) {
  Launch<CopyArgs> launch(OpId::copy);
  launch.read(launch.args.x, x);
  launch.touch(launch.args.y, y, access);
  copy_sizes(y.shape, launch.args.sizes);
  broadcast_strides(x, y.shape, launch.args.x_strides);
  broadcast_strides(y, y.shape, launch.args.y_strides);
  launch.args.rank = y.shape.rank;
  launch.args.dtype = y.dtype;
  launch.submit(0);
}

// A dense copy in memory of its own.
Tensor copy(const Tensor& x) {
  const Tensor y = empty_like(x);
  launch_copy(x, y, Access::write);
  return y;
}
GS_EXPORT_OP(copy, "x")

// `x` itself when dense, else a dense copy.
Tensor contiguous(const Tensor& x) { return x.is_contiguous() ? x : copy(x); }
GS_EXPORT_OP(contiguous, "x")

// Writes `x`, broadcast, over the elements of `y`, a view of any strides.
void assign(const Tensor& y, const Tensor& x) {
  check_same_device("assign", {&y, &x});
  check_same_dtype("assign", {&y, &x});
  if (!(broadcast_shapes("assign", x.shape, y.shape) == y.shape))
    fail_shape("assign", x.shape.text() + " does not broadcast to " + y.shape.text());
  launch_copy(x, y, Access::update);
}
GS_EXPORT_OP(assign, "y", "x")

namespace {

// Whether the parts already lie in one storage as the dense tensor `y` would: gradients of a fused projection do.
bool lie_joined(const std::vector<Tensor>& parts, int axis, const Shape& shape, Tensor* y) {
  *y = parts.front();
  y->shape = shape;
  set_dense_strides(y);
  int64_t offset = y->offset;
  for (const Tensor& x : parts) {
    if (x.storage != y->storage || x.offset != offset) return false;
    for (int i = 0; i < shape.rank; ++i)
      if (x.shape.dims[i] > 1 && x.strides[i] != y->strides[i]) return false;
    offset += x.shape.dims[axis] * y->strides[axis];
  }
  return true;
}

}  // namespace

// Tensors joined along an axis; a view of them where they lie side by side already.
Tensor concat(const std::vector<Tensor>& tensors, int64_t axis) {
  if (tensors.empty()) fail_shape("concat", "at least one tensor is needed");
  const Tensor& first = tensors.front();
  const int at = normalize_axis("concat", axis, first.shape.rank);
  Shape shape = first.shape;
  shape.dims[at] = 0;
  for (const Tensor& x : tensors) {
    check_same_device("concat", {&first, &x});
    check_same_dtype("concat", {&first, &x});
    Shape fitted = x.shape;
    if (fitted.rank == shape.rank) fitted.dims[at] = first.shape.dims[at];
    if (!(fitted == first.shape))
      fail_shape("concat", "sizes must agree but along axis " + std::to_string(at) + ", got " + first.shape.text() +
                               " and " + x.shape.text());
    shape.dims[at] += x.shape.dims[at];
  }
  Tensor y;
  if (lie_joined(tensors, at, shape, &y)) return y;
  y = empty(first.device(), first.dtype, shape);
  Tensor part = y;
  for (const Tensor& x : tensors) {
    part.shape.dims[at] = x.shape.dims[at];
    launch_copy(x, part, &x == &first ? Access::write : Access::part);
    part.offset += x.shape.dims[at] * y.strides[at];
  }
  return y;
}
GS_EXPORT_OP(concat, "tensors", "axis")

}  // namespace gridstride::ops
