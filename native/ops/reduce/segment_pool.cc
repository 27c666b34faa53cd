#include "kernels/reduce/segment_pool.h"

#include "native/core/device.h"
#include "native/ops/check.h"
#include "native/ops/function.h"
#include "native/ops/launch.h"

namespace gridstride::ops {

namespace {

int64_t check_segments(const Tensor& cu_seqlens) {
  check_dtype("segment_pool", "cuSeqlens", cu_seqlens, DType::i32);
  check_rank("segment_pool", "cuSeqlens", cu_seqlens, 1);
  if (cu_seqlens.numel() < 1) fail_shape("segment_pool", "cuSeqlens must have B + 1 elements, got none");
  return cu_seqlens.numel() - 1;
}

}  // namespace

// {y, arg_max}: one row per sequence, and for max the row each element came from.
std::vector<Tensor> segment_pool_forward(const Tensor& input, const Tensor& cu_seqlens, PoolKind kind) {
  check_floating("segment_pool", input);
  check_rank("segment_pool", "x", input, 2);
  check_same_device("segment_pool", {&input, &cu_seqlens});
  const int64_t segments = check_segments(cu_seqlens);
  const Tensor x = contiguous(input), cu = contiguous(cu_seqlens);
  const Tensor y = empty(x.device(), x.dtype, {segments, x.shape[1]});
  const Tensor arg_max = kind == PoolKind::max ? empty(x.device(), DType::i32, y.shape) : Tensor{};
  Launch<SegmentPoolForwardArgs> launch(OpId::segment_pool_forward);
  launch.read(launch.args.x, x);
  launch.read(launch.args.cu_seqlens, cu);
  launch.write(launch.args.y, y);
  launch.write(launch.args.arg_max, arg_max);
  launch.args.rows = x.shape[0];
  launch.args.segments = segments;
  launch.args.channels = x.shape[1];
  launch.args.kind = kind;
  launch.args.dtype = x.dtype;
  launch.submit(static_cast<double>(x.numel()));
  return {y, arg_max};
}
GS_EXPORT_OP(segment_pool_forward, "x", "cu_seqlens", "kind")

// dx, of `rows` rows.
Tensor segment_pool_backward(const Tensor& gradient, const Tensor& cu_seqlens, const std::optional<Tensor>& arg_max,
                             int64_t rows, PoolKind kind) {
  const int64_t segments = check_segments(cu_seqlens);
  const Tensor dy = contiguous(gradient), cu = contiguous(cu_seqlens);
  check_rank("segment_pool", "dy", dy, 2);
  check_shape("segment_pool", "dy", dy, {segments, dy.shape[1]});
  const Tensor dx = empty(dy.device(), dy.dtype, {rows, dy.shape[1]});
  Launch<SegmentPoolBackwardArgs> launch(OpId::segment_pool_backward);
  launch.read(launch.args.dy, dy);
  launch.read(launch.args.cu_seqlens, cu);
  launch.read(launch.args.arg_max, arg_max.value_or(Tensor{}));
  launch.write(launch.args.dx, dx);
  launch.args.rows = rows;
  launch.args.segments = segments;
  launch.args.channels = dy.shape[1];
  launch.args.kind = kind;
  launch.args.dtype = dy.dtype;
  launch.submit(static_cast<double>(dx.numel()));
  return dx;
}
GS_EXPORT_OP(segment_pool_backward, "dy", "cu_seqlens", "arg_max", "rows", "kind")

}  // namespace gridstride::ops
