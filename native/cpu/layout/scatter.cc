#include "kernels/layout/scatter.h"

#include <algorithm>
#include <cstring>

#include "native/cpu/layout/columns.h"
#include "native/cpu/run.h"
#include "native/cpu/storage.h"

namespace gridstride::cpu {

namespace {

// body(index, source element) of a column, in order.
template <class T, class Body>
void for_each_source(const char* op, const ScatterArgs& args, int64_t column, const Body& body) {
  const T* source = static_cast<const T*>(args.source) + column_offset(args, column, args.source_strides);
  const int64_t from = column_offset(args, column, args.index_strides);
  for (int64_t k = 0; k < args.sizes[args.dim]; ++k) {
    const int64_t index = index_at(args.index, args.index_dtype, from + k * args.index_strides[args.dim]);
    check_index(op, index, args.size, k);
    body(index, source[k * args.source_strides[args.dim]]);
  }
}

void copy_whole(const ScatterArgs& args) {
  memcpy(args.y, args.x, static_cast<size_t>(args.count * dtype_size(args.dtype)));
}

template <class T>
void replace(const ScatterArgs& args, Run& run) {
  copy_whole(args);
  const int64_t grain = std::max<int64_t>(1, 4096 / std::max<int64_t>(1, args.sizes[args.dim]));
  run.pool.ranges(column_count(args), grain, [&](int64_t begin, int64_t end, int) {
    for (int64_t column = begin; column < end; ++column) {
      T* y = static_cast<T*>(args.y) + column_offset(args, column, args.y_strides);
      for_each_source<T>("scatter", args, column,
                         [&](int64_t index, T value) { y[index * args.y_strides[args.dim]] = value; });
    }
  });
}

// A column is added up in double, wide enough for every dtype, and rounded once.
template <class T>
void add_column(const ScatterArgs& args, int64_t column, double* sums) {
  T* y = static_cast<T*>(args.y) + column_offset(args, column, args.y_strides);
  const int64_t step = args.y_strides[args.dim];
  for (int64_t n = 0; n < args.size; ++n) sums[n] = widen(y[n * step]);
  for_each_source<T>("scatter_add", args, column, [&](int64_t index, T value) { sums[index] += widen(value); });
  for (int64_t n = 0; n < args.size; ++n) y[n * step] = narrow<T>(sums[n]);
}

}  // namespace

void scatter(const ScatterArgs& args, Run& run) {
  if (args.count == 0) return;
  switch (dtype_size(args.dtype)) {
    case 1:
      return replace<uint8_t>(args, run);
    case 2:
      return replace<uint16_t>(args, run);
    case 4:
      return replace<uint32_t>(args, run);
    default:
      return replace<uint64_t>(args, run);
  }
}

void scatter_add(const ScatterArgs& args, Run& run) {
  if (args.count == 0) return;
  copy_whole(args);
  auto* sums = static_cast<double*>(run.workspace(run.pool.size() * args.size * 8));
  const int64_t grain = std::max<int64_t>(1, 4096 / std::max<int64_t>(1, args.size));
  with_floating("scatter_add", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    run.pool.ranges(column_count(args), grain, [&](int64_t begin, int64_t end, int thread) {
      for (int64_t column = begin; column < end; ++column) add_column<T>(args, column, sums + thread * args.size);
    });
  });
}

}  // namespace gridstride::cpu
