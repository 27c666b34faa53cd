#include "kernels/reduce/reduce.h"

#include "native/core/device.h"
#include "native/ops/check.h"
#include "native/ops/function.h"
#include "native/ops/launch.h"

namespace gridstride::ops {

namespace {

constexpr const char* name_of(ReduceOp op) { return EnumNames<ReduceOp>::names[static_cast<int>(op)]; }

// Which axes are reduced.
struct Axes {
  bool reduced[kMaxRank] = {};
};

Axes parse_axes(const char* op, const std::vector<int64_t>& axes, int rank) {
  Axes parsed;
  for (const int64_t axis : axes) {
    bool& seen = parsed.reduced[normalize_axis(op, axis, rank)];
    if (seen) fail_shape(op, "axes must be named once, got " + std::to_string(axis) + " again");
    seen = true;
  }
  return parsed;
}

ReduceShape reduce_shape(const Tensor& x, const Axes& axes) {
  ReduceShape shape{};
  for (int i = 0; i < x.shape.rank; ++i) {
    int32_t& rank = axes.reduced[i] ? shape.reduced_rank : shape.kept_rank;
    (axes.reduced[i] ? shape.reduced_sizes : shape.kept_sizes)[rank] = x.shape.dims[i];
    (axes.reduced[i] ? shape.reduced_strides : shape.kept_strides)[rank] = x.strides[i];
    ++rank;
  }
  return shape;
}

Shape result_shape(const Shape& x, const Axes& axes, bool keep_dims) {
  Shape shape;
  for (int i = 0; i < x.rank; ++i) {
    if (axes.reduced[i] && !keep_dims) continue;
    shape.dims[shape.rank++] = axes.reduced[i] ? 1 : x.dims[i];
  }
  return shape;
}

// The extremum of nothing has no value: said at the call, not by the kernel.
void check_not_empty(const char* op, const Shape& x, const Axes& axes) {
  for (int i = 0; i < x.rank; ++i)
    if (axes.reduced[i] && x.dims[i] == 0) fail_shape(op, "there must be elements to choose from, got " + x.text());
}

// dx, of x's shape; `y` may be absent.
Tensor submit_backward(OpId id, const char* op, const Tensor& x, const Tensor& y, const Tensor& gradient,
                       const std::vector<int64_t>& axes) {
  const Axes parsed = parse_axes(op, axes, x.shape.rank);
  check_same_device(op, {&x, &y, &gradient});
  // Kept axes of size 1 may be there or not: the elements and their order are the same.
  const Shape kept = result_shape(x.shape, parsed, gradient.shape.rank == x.shape.rank);
  check_shape(op, "dy", gradient, kept);
  const Tensor dy = contiguous(gradient), dx = empty(x.device(), x.dtype, x.shape);
  const ReduceShape dx_shape = reduce_shape(dx, parsed);
  Launch<ReduceBackwardArgs> launch(id);
  launch.read(launch.args.x, x);
  launch.read(launch.args.y, y);
  launch.read(launch.args.dy, dy);
  launch.write(launch.args.dx, dx);
  launch.args.shape = reduce_shape(x, parsed);
  std::copy_n(dx_shape.kept_strides, kMaxRank, launch.args.dx_kept_strides);
  std::copy_n(dx_shape.reduced_strides, kMaxRank, launch.args.dx_reduced_strides);
  launch.args.dtype = x.dtype;
  launch.submit(static_cast<double>(x.numel()));
  return dx;
}

}  // namespace

// Sum, mean, max, min or product over the axes; sums and products of integers are i64.
Tensor reduce(ReduceOp op, const Tensor& x, const std::vector<int64_t>& axes, bool keep_dims) {
  const Axes parsed = parse_axes(name_of(op), axes, x.shape.rank);
  if (op == ReduceOp::mean) check_floating("mean", x);
  if (op == ReduceOp::max || op == ReduceOp::min) check_not_empty(name_of(op), x.shape, parsed);
  const bool widens = (op == ReduceOp::sum || op == ReduceOp::prod) && !is_floating(x.dtype);
  const DType dtype = widens ? DType::i64 : x.dtype;
  const Tensor y = empty(x.device(), dtype, result_shape(x.shape, parsed, keep_dims));
  Launch<ReduceArgs> launch(OpId::reduce);
  launch.read(launch.args.x, x);
  launch.write(launch.args.y, y);
  launch.args.shape = reduce_shape(x, parsed);
  launch.args.op = op;
  launch.args.dtype = x.dtype;
  launch.submit(static_cast<double>(x.numel()));
  return y;
}
GS_EXPORT_OP(reduce, "op", "x", "axes", "keep_dims")

// dx of max and min: dy goes to the first element that equals y.
Tensor reduce_select_backward(const Tensor& x, const Tensor& y, const Tensor& gradient,
                              const std::vector<int64_t>& axes) {
  check_same_dtype("max", {&x, &y, &gradient});
  return submit_backward(OpId::reduce_select_backward, "max", x, y, gradient, axes);
}
GS_EXPORT_OP(reduce_select_backward, "x", "y", "dy", "axes")

// dx of products: dy times the product of the other elements.
Tensor reduce_prod_backward(const Tensor& x, const Tensor& gradient, const std::vector<int64_t>& axes) {
  check_floating("prod", x);
  check_same_dtype("prod", {&x, &gradient});
  return submit_backward(OpId::reduce_prod_backward, "prod", x, {}, gradient, axes);
}
GS_EXPORT_OP(reduce_prod_backward, "x", "dy", "axes")

// Position of the maximum or minimum, counted over the reduced axes: i64.
Tensor arg_reduce(ReduceOp op, const Tensor& x, const std::vector<int64_t>& axes, bool keep_dims) {
  const Axes parsed = parse_axes("argmax", axes, x.shape.rank);
  check_not_empty("argmax", x.shape, parsed);
  const Tensor y = empty(x.device(), DType::i64, result_shape(x.shape, parsed, keep_dims));
  Launch<ArgReduceArgs> launch(OpId::arg_reduce);
  launch.read(launch.args.x, x);
  launch.write(launch.args.y, y);
  launch.args.shape = reduce_shape(x, parsed);
  launch.args.op = op;
  launch.args.dtype = x.dtype;
  launch.submit(static_cast<double>(x.numel()));
  return y;
}
GS_EXPORT_OP(arg_reduce, "op", "x", "axes", "keep_dims")

}  // namespace gridstride::ops
