#include "kernels/layout/scatter.h"

#include "native/core/device.h"
#include "native/ops/check.h"
#include "native/ops/function.h"
#include "native/ops/launch.h"
#include "native/ops/strided.h"

namespace gridstride::ops {

namespace {

int check_scatter(const char* op, const Tensor& x, int64_t axis, const Tensor& index, const Tensor& source) {
  const int at = normalize_axis(op, axis, x.shape.rank);
  check_same_device(op, {&x, &index, &source});
  check_same_dtype(op, {&x, &source});
  check_index_dtype(op, "the index", index);
  check_rank(op, "the index", index, x.shape.rank);
  for (int i = 0; i < x.shape.rank; ++i)
    if (i != at && index.shape.dims[i] > x.shape.dims[i])
      fail_shape(op, "the index must not exceed x but along axis " + std::to_string(at) + ", got " +
                         index.shape.text() + " and " + x.shape.text());
  check_shape(op, "the source", source, index.shape);
  return at;
}

Tensor launch_scatter(const char* op, OpId id, const Tensor& input, int64_t axis, const Tensor& index,
                      const Tensor& source) {
  const int at = check_scatter(op, input, axis, index, source);
  const Tensor x = contiguous(input), y = empty_like(x);
  Launch<ScatterArgs> launch(id);
  launch.read(launch.args.x, x);
  launch.read(launch.args.index, index);
  launch.read(launch.args.source, source);
  launch.write(launch.args.y, y);
  copy_sizes(index.shape, launch.args.sizes);
  std::copy_n(index.strides, kMaxRank, launch.args.index_strides);
  std::copy_n(source.strides, kMaxRank, launch.args.source_strides);
  std::copy_n(y.strides, kMaxRank, launch.args.y_strides);
  launch.args.size = y.shape.dims[at];
  launch.args.count = y.numel();
  launch.args.rank = y.shape.rank;
  launch.args.dim = at;
  launch.args.dtype = y.dtype;
  launch.args.index_dtype = index.dtype;
  launch.submit(static_cast<double>(source.numel()));
  return y;
}

}  // namespace

// A copy of x with elements replaced by index along an axis; of equal places the last wins.
Tensor scatter(const Tensor& x, int64_t axis, const Tensor& index, const Tensor& source) {
  return launch_scatter("scatter", OpId::scatter, x, axis, index, source);
}
GS_EXPORT_OP(scatter, "x", "axis", "index", "source")

// A copy of x with elements added to by index along an axis.
Tensor scatter_add(const Tensor& x, int64_t axis, const Tensor& index, const Tensor& source) {
  check_floating("scatter_add", x);
  return launch_scatter("scatter_add", OpId::scatter_add, x, axis, index, source);
}
GS_EXPORT_OP(scatter_add, "x", "axis", "index", "source")

}  // namespace gridstride::ops
