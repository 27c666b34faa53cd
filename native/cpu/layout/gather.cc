#include "kernels/layout/gather.h"

#include <algorithm>
#include <cstring>

#include "native/cpu/layout/columns.h"
#include "native/cpu/run.h"
#include "native/cpu/storage.h"

namespace gridstride::cpu {

namespace {

template <class T>
void gather_columns(const GatherForwardArgs& args, Run& run) {
  int64_t y_strides[kMaxRank], step = 1;
  for (int d = args.rank - 1; d >= 0; --d) {
    y_strides[d] = step;
    step *= args.sizes[d];
  }
  const int64_t length = args.sizes[args.dim];
  const int64_t grain = std::max<int64_t>(1, 4096 / std::max<int64_t>(1, length));
  run.pool.ranges(column_count(args), grain, [&](int64_t begin, int64_t end, int) {
    for (int64_t column = begin; column < end; ++column) {
      const T* x = static_cast<const T*>(args.x) + column_offset(args, column, args.x_strides);
      const int64_t from = column_offset(args, column, args.index_strides);
      T* y = static_cast<T*>(args.y) + column_offset(args, column, y_strides);
      for (int64_t k = 0; k < length; ++k) {
        const int64_t index = index_at(args.index, args.index_dtype, from + k * args.index_strides[args.dim]);
        check_index("gather", index, args.size, k);
        y[k * y_strides[args.dim]] = x[index * args.x_strides[args.dim]];
      }
    }
  });
}

// A column's gradients are added in double, wide enough for every dtype, and rounded once.
template <class T>
void scatter_column(const GatherBackwardArgs& args, int64_t column, double* sums) {
  const T* dy = static_cast<const T*>(args.dy) + column_offset(args, column, args.dy_strides);
  T* dx = static_cast<T*>(args.dx) + column_offset(args, column, args.dx_strides);
  const int64_t from = column_offset(args, column, args.index_strides);
  std::fill(sums, sums + args.size, 0.0);
  for (int64_t k = 0; k < args.sizes[args.dim]; ++k) {
    const int64_t index = index_at(args.index, args.index_dtype, from + k * args.index_strides[args.dim]);
    check_index("gather", index, args.size, k);
    sums[index] += widen(dy[k * args.dy_strides[args.dim]]);
  }
  for (int64_t n = 0; n < args.size; ++n) dx[n * args.dx_strides[args.dim]] = narrow<T>(sums[n]);
}

}  // namespace

void gather_forward(const GatherForwardArgs& args, Run& run) {
  switch (dtype_size(args.dtype)) {
    case 1:
      return gather_columns<uint8_t>(args, run);
    case 2:
      return gather_columns<uint16_t>(args, run);
    case 4:
      return gather_columns<uint32_t>(args, run);
    default:
      return gather_columns<uint64_t>(args, run);
  }
}

void gather_backward(const GatherBackwardArgs& args, Run& run) {
  if (args.dx_count == 0) return;
  memset(args.dx, 0, static_cast<size_t>(args.dx_count * dtype_size(args.dtype)));
  double* sums = static_cast<double*>(run.workspace(run.pool.size() * args.size * 8));
  const int64_t grain = std::max<int64_t>(1, 4096 / std::max<int64_t>(1, args.size));
  with_floating("gather", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    run.pool.ranges(column_count(args), grain, [&](int64_t begin, int64_t end, int thread) {
      for (int64_t column = begin; column < end; ++column) scatter_column<T>(args, column, sums + thread * args.size);
    });
  });
}

}  // namespace gridstride::cpu
