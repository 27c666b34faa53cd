#include "kernels/layout/index_select.h"

#include <algorithm>
#include <cstring>

#include "native/cpu/embedding/scatter_rows.h"

namespace gridstride::cpu {

void index_select_forward(const IndexSelectForwardArgs& args, Run& run) {
  check_ids("index_select", args.ids, args.id_dtype, args.count, args.size, false);
  if (args.inner == 0) return;
  const int64_t bytes = args.inner * dtype_size(args.dtype);
  const int64_t grain = std::max<int64_t>(1, 65536 / std::max<int64_t>(1, bytes));
  run.pool.ranges(args.outer * args.count, grain, [&](int64_t begin, int64_t end, int) {
    for (int64_t row = begin; row < end; ++row) {
      const int64_t from = row / args.count * args.size + index_at(args.ids, args.id_dtype, row % args.count);
      memcpy(static_cast<char*>(args.y) + row * bytes, static_cast<const char*>(args.x) + from * bytes,
             static_cast<size_t>(bytes));
    }
  });
}

void index_select_backward(const IndexSelectBackwardArgs& args, Run& run) {
  scatter_rows({args.dy, args.ids, args.dx, args.outer, args.size, args.count, args.inner, -1, args.dtype, args.dtype,
                args.id_dtype},
               run);
}

}  // namespace gridstride::cpu
