#include "kernels/gemm/matmul.h"

#include "native/core/device.h"
#include "native/ops/check.h"
#include "native/ops/function.h"
#include "native/ops/launch.h"
#include "native/ops/strided.h"

namespace gridstride::ops {

namespace {

Shape batch_shape(const Shape& shape) {
  Shape batch = shape;
  batch.rank -= 2;
  return batch;
}

// `x` with its batch dimensions repeated to `batch`, without copying.
Tensor with_batch(const Tensor& x, const Shape& batch) {
  Tensor y = x;
  y.shape = batch;
  y.shape.rank = batch.rank + 2;
  for (int i = 0; i < 2; ++i) {
    y.shape.dims[batch.rank + i] = x.shape[i - 2];
    y.strides[batch.rank + i] = x.stride(i - 2);
  }
  Tensor leading = x;
  leading.shape = batch_shape(x.shape);
  broadcast_strides(leading, batch, y.strides);
  return y;
}

// The batch dimensions of two operands as few as their strides allow.
struct Batch {
  int rank = 0;
  int64_t sizes[kMaxRank] = {}, a[kMaxRank] = {}, b[kMaxRank] = {};
};

Batch merged(const Tensor& a, const Tensor& b, int rank) {
  Batch batch;
  for (int i = 0; i < rank; ++i) {
    const int64_t size = a.shape.dims[i];
    if (size == 1) continue;
    const int last = batch.rank - 1;
    if (last >= 0 && batch.a[last] == a.strides[i] * size && batch.b[last] == b.strides[i] * size) {
      batch.sizes[last] *= size;
      batch.a[last] = a.strides[i];
      batch.b[last] = b.strides[i];
      continue;
    }
    batch.sizes[batch.rank] = size;
    batch.a[batch.rank] = a.strides[i];
    batch.b[batch.rank++] = b.strides[i];
  }
  return batch;
}

void exchange_matrix_axes(Tensor* x) {
  const int rank = x->shape.rank;
  std::swap(x->shape.dims[rank - 1], x->shape.dims[rank - 2]);
  std::swap(x->strides[rank - 1], x->strides[rank - 2]);
}

Tensor operand(const char* name, const Tensor& x, bool is_transposed) {
  if (x.shape.rank < 2)
    fail_shape("matmul", std::string(name) + " must have at least 2 dimensions, got " + x.shape.text());
  Tensor y = x;
  if (is_transposed) exchange_matrix_axes(&y);
  return y;
}

void fill_batch(MatmulForwardArgs* args, const Batch& batch) {
  const int inner = batch.rank - 1, outer = batch.rank - 2;
  args->inner = inner >= 0 ? batch.sizes[inner] : 1;
  args->outer = outer >= 0 ? batch.sizes[outer] : 1;
  args->a_inner_stride = inner >= 0 ? batch.a[inner] : 0;
  args->b_inner_stride = inner >= 0 ? batch.b[inner] : 0;
  args->a_outer_stride = outer >= 0 ? batch.a[outer] : 0;
  args->b_outer_stride = outer >= 0 ? batch.b[outer] : 0;
}

}  // namespace

// alpha * A B over leading dimensions that broadcast; a transposed operand has its last two axes exchanged.
Tensor matmul_forward(const Tensor& left, const Tensor& right, bool transpose_a, bool transpose_b, double alpha) {
  check_floating("matmul", left);
  check_same_device("matmul", {&left, &right});
  check_same_dtype("matmul", {&left, &right});
  Tensor a = operand("a", left, transpose_a), b = operand("b", right, transpose_b);
  if (a.shape[-1] != b.shape[-2])
    fail_shape("matmul", "inner sizes must match, got " + a.shape.text() + " x " + b.shape.text());
  Shape batch_sizes = broadcast_shapes("matmul", batch_shape(a.shape), batch_shape(b.shape));
  a = with_batch(a, batch_sizes);
  b = with_batch(b, batch_sizes);
  Batch batch = merged(a, b, batch_sizes.rank);
  if (batch.rank > 2) batch = merged(a = contiguous(a), b = contiguous(b), batch_sizes.rank);
  Shape shape = a.shape;
  shape.dims[shape.rank - 1] = b.shape[-1];
  const Tensor c = empty(a.device(), a.dtype, shape);
  Launch<MatmulForwardArgs> launch(OpId::matmul_forward);
  auto& args = launch.args;
  launch.read(args.a, a);
  launch.read(args.b, b);
  launch.write(args.c, c);
  args.m = shape[-2];
  args.n = shape[-1];
  args.k = a.shape[-1];
  fill_batch(&args, batch);
  args.a_row_stride = a.stride(-2);
  args.a_col_stride = a.stride(-1);
  args.b_row_stride = b.stride(-2);
  args.b_col_stride = b.stride(-1);
  args.c_row_stride = args.n;
  args.c_inner_stride = args.m * args.n;
  args.c_outer_stride = args.inner * args.c_inner_stride;
  args.alpha = alpha;
  args.dtype = args.c_dtype = a.dtype;
  launch.submit(2.0 * static_cast<double>(c.numel()) * static_cast<double>(args.k));
  return c;
}
GS_EXPORT_OP(matmul_forward, "a", "b", "transpose_a", "transpose_b", "alpha")

}  // namespace gridstride::ops
