// Ops that only make another view of a storage: no kernel, no queue.
#include "native/ops/check.h"
#include "native/ops/function.h"

namespace gridstride::ops {

// Axes in a new order.
Tensor permute(const Tensor& x, const std::vector<int64_t>& axes) {
  if (static_cast<int>(axes.size()) != x.shape.rank)
    fail_shape("permute", "axes must name each of " + std::to_string(x.shape.rank) + " dimensions once");
  Tensor y = x;
  bool seen[kMaxRank] = {};
  for (int i = 0; i < x.shape.rank; ++i) {
    const int axis = normalize_axis("permute", axes[i], x.shape.rank);
    if (seen[axis]) fail_shape("permute", "axes must name each dimension once");
    seen[axis] = true;
    y.shape.dims[i] = x.shape.dims[axis];
    y.strides[i] = x.strides[axis];
  }
  return y;
}
GS_EXPORT_OP(permute, "x", "axes")

// Elements [begin, end) along an axis.
Tensor slice(const Tensor& x, int64_t axis, int64_t begin, int64_t end) {
  const int at = normalize_axis("slice", axis, x.shape.rank);
  const int64_t size = x.shape.dims[at];
  if (begin < 0) begin += size;
  if (end < 0) end += size;
  if (begin < 0 || end > size || begin > end)
    fail_shape("slice", "the range must lie in [0, " + std::to_string(size) + "], got [" + std::to_string(begin) +
                            ", " + std::to_string(end) + ")");
  Tensor y = x;
  y.shape.dims[at] = end - begin;
  y.offset += begin * x.strides[at];
  return y;
}
GS_EXPORT_OP(slice, "x", "axis", "begin", "end")

// Repeats dimensions of size 1 without copying.
Tensor expand(const Tensor& x, const std::vector<int64_t>& sizes) {
  const Shape shape(sizes);
  if (!(broadcast_shapes("expand", x.shape, shape) == shape))
    fail_shape("expand", x.shape.text() + " does not broadcast to " + shape.text());
  Tensor y = x;
  y.shape = shape;
  const int missing = shape.rank - x.shape.rank;
  for (int i = shape.rank - 1; i >= 0; --i)
    y.strides[i] = i < missing || x.shape.dims[i - missing] == 1 ? 0 : x.strides[i - missing];
  return y;
}
GS_EXPORT_OP(expand, "x", "sizes")

}  // namespace gridstride::ops
