#include "kernels/reduce/top_k.h"

#include "native/core/device.h"
#include "native/ops/check.h"
#include "native/ops/function.h"
#include "native/ops/launch.h"

namespace gridstride::ops {

// {values, indices} of the k largest (or smallest) elements of each row, in order.
std::vector<Tensor> top_k(const Tensor& input, int64_t k, bool smallest) {
  if (input.shape.rank < 1 || k < 0 || k > input.shape[-1])
    fail_shape("top_k",
               "k must lie in [0, size of the last axis], got " + std::to_string(k) + " for " + input.shape.text());
  const Tensor x = with_uniform_rows(input);
  Shape shape = x.shape;
  shape.dims[shape.rank - 1] = k;
  const Tensor values = empty(x.device(), x.dtype, shape), indices = empty(x.device(), DType::i64, shape);
  Launch<TopKArgs> launch(OpId::top_k);
  launch.read(launch.args.x, x);
  launch.write(launch.args.values, values);
  launch.write(launch.args.indices, indices);
  launch.args.rows = x.shape.rows();
  launch.args.columns = x.shape[-1];
  launch.args.x_stride = x.row_stride();
  launch.args.k = k;
  launch.args.smallest = smallest;
  launch.args.dtype = x.dtype;
  launch.submit(static_cast<double>(x.numel()));
  return {values, indices};
}
GS_EXPORT_OP(top_k, "x", "k", "smallest")

}  // namespace gridstride::ops
