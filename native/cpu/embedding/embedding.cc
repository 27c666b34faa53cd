#include "kernels/embedding/embedding.h"

#include <algorithm>
#include <cstring>

#include "native/cpu/elementwise/rows.h"
#include "native/cpu/embedding/scatter_rows.h"

namespace gridstride::cpu {

void embedding_forward(const EmbeddingForwardArgs& args, Run& run) {
  check_ids("embedding", args.ids, args.id_dtype, args.rows, args.vocabulary, args.allow_missing != 0);
  if (args.channels == 0) return;
  const int64_t from_bytes = args.channels * dtype_size(args.table_dtype);
  const int64_t to_bytes = args.channels * dtype_size(args.dtype);
  const UnaryRow convert = args.table_dtype == args.dtype ? nullptr : cast_row(args.table_dtype, args.dtype, run);
  const int64_t grain = std::max<int64_t>(1, 16384 / std::max<int64_t>(1, args.channels));
  run.pool.ranges(args.rows, grain, [&](int64_t begin, int64_t end, int) {
    for (int64_t t = begin; t < end; ++t) {
      const int64_t id = index_at(args.ids, args.id_dtype, t);
      char* y = static_cast<char*>(args.y) + t * to_bytes;
      const char* row = static_cast<const char*>(args.table) + id * from_bytes;
      if (id < 0)
        memset(y, 0, static_cast<size_t>(to_bytes));
      else if (convert)
        convert(args.channels, row, 1, y, 1);
      else
        memcpy(y, row, static_cast<size_t>(to_bytes));
    }
  });
}

void embedding_backward(const EmbeddingBackwardArgs& args, Run& run) {
  if (args.gradient_dtype != args.dtype && args.gradient_dtype != DType::f32)
    throw_dtype("embedding", "the gradient's dtype must be the output's or f32", args.gradient_dtype);
  scatter_rows({args.dy, args.ids, args.dtable, 1, args.vocabulary, args.rows, args.channels, args.padding_index,
                args.dtype, args.gradient_dtype, args.id_dtype},
               run);
}

}  // namespace gridstride::cpu
