#include "kernels/embedding/embedding.h"

#include "native/core/device.h"
#include "native/ops/embedding/embedding_check.h"
#include "native/ops/function.h"
#include "native/ops/launch.h"

namespace gridstride::ops {

// Rows of the table (V, C) by id: (...ids, C), in `dtype`.
Tensor embedding_forward(const Tensor& table_input, const Tensor& ids_input, bool allow_missing, DType dtype) {
  check_floating("embedding", table_input);
  check_same_device("embedding", {&table_input, &ids_input});
  check_embedding("embedding", ids_input, table_input.shape);
  const Tensor table = contiguous(table_input), ids = contiguous(ids_input);
  const Tensor y = empty(table.device(), dtype, rows_shape(ids.shape, table.shape[1]));
  Launch<EmbeddingForwardArgs> launch(OpId::embedding_forward);
  launch.read(launch.args.table, table);
  launch.read(launch.args.ids, ids);
  launch.write(launch.args.y, y);
  launch.args.rows = ids.numel();
  launch.args.vocabulary = table.shape[0];
  launch.args.channels = table.shape[1];
  launch.args.allow_missing = allow_missing;
  launch.args.dtype = dtype;
  launch.args.table_dtype = table.dtype;
  launch.args.id_dtype = ids.dtype;
  // Only the rows asked for are read, not the table.
  const auto bytes = y.numel() * (dtype_size(y.dtype) + dtype_size(table.dtype)) + ids.numel() * dtype_size(ids.dtype);
  launch.submit(0, static_cast<double>(bytes));
  return y;
}
GS_EXPORT_OP(embedding_forward, "table", "ids", "allow_missing", "dtype")

// The table's gradient (V, C), in f32 (f64 for f64).
Tensor embedding_backward(const Tensor& gradient, const Tensor& ids_input, int64_t vocabulary, int64_t padding_index) {
  const Tensor dy = contiguous(gradient), ids = contiguous(ids_input);
  const int64_t channels = dy.shape[-1];
  check_shape("embedding", "dy", dy, rows_shape(ids.shape, channels));
  const DType wide = dy.dtype == DType::f64 ? DType::f64 : DType::f32;
  const Tensor dtable = empty(dy.device(), wide, {vocabulary, channels});
  Launch<EmbeddingBackwardArgs> launch(OpId::embedding_backward);
  launch.read(launch.args.dy, dy);
  launch.read(launch.args.ids, ids);
  launch.write(launch.args.dtable, dtable);
  launch.args.rows = ids.numel();
  launch.args.vocabulary = vocabulary;
  launch.args.channels = channels;
  launch.args.padding_index = padding_index;
  launch.args.dtype = dy.dtype;
  launch.args.gradient_dtype = wide;
  launch.args.id_dtype = ids.dtype;
  launch.submit(static_cast<double>(dy.numel()));
  return dtable;
}
GS_EXPORT_OP(embedding_backward, "dy", "ids", "vocabulary", "padding_index")

}  // namespace gridstride::ops
