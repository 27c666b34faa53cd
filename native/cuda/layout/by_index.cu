#include "native/cuda/layout/by_index.h"

#include "kernels/elementwise/cast.h"
#include "kernels/layout/scatter.cuh"
#include "native/cuda/scatter_rows.h"
#include "native/cuda/sort.h"
#include "native/cuda/strided.h"

namespace gridstride::cuda {

void cast(const CastArgs& args, Run& run);

namespace {

// A thread takes a column, unless they are few and long.
constexpr int64_t kEnoughColumns = 16384, kShortColumn = 64;

struct Dimensions {
  int64_t sizes[kMaxRank];
  int64_t strides[kMaxRank];
};

// `dim` behind the others, with another size.
Dimensions with_last(const int64_t* sizes, const int64_t* strides, int rank, int dim, int64_t size) {
  Dimensions moved{};
  int to = 0;
  for (int d = 0; d < rank; ++d) {
    if (d == dim) continue;
    moved.sizes[to] = sizes[d];
    moved.strides[to++] = strides[d];
  }
  moved.sizes[to] = size;
  moved.strides[to] = strides[dim];
  return moved;
}

StridedRuns<1> runs_of(const Dimensions& dimensions, int rank) {
  return StridedPlan<1>(rank, dimensions.sizes, {dimensions.strides}, -1).runs(1);
}

struct Columns {
  int64_t count = 1, length;
  bool are_sorted;

  explicit Columns(const ScatterArgs& args) : length(args.sizes[args.dim]) {
    constexpr int64_t kMostKeys = int64_t{1} << 31;
    for (int d = 0; d < args.rank; ++d) count *= d == args.dim ? 1 : args.sizes[d];
    are_sorted = length > kShortColumn && count > 0 && count < kEnoughColumns && count * length < kMostKeys &&
                 count * args.size < kMostKeys;
  }
  int64_t elements() const { return count * length; }
};

// body(part, offsets, index, column) for parts of the columns; operands of a part: source, index, y.
template <class Body>
void for_columns(const ScatterArgs& args, const Body& body) {
  const auto dim = args.dim;
  const Dimensions source = with_last(args.sizes, args.source_strides, args.rank, dim, 1);
  const Dimensions index = with_last(args.sizes, args.index_strides, args.rank, dim, 1);
  const Dimensions y = with_last(args.sizes, args.y_strides, args.rank, dim, 1);
  const StridedPlan<3> plan(args.rank, source.sizes, {source.strides, index.strides, y.strides}, 0);
  const IndexColumn column = {args.sizes[dim], args.source_strides[dim], args.index_strides[dim], args.y_strides[dim]};
  plan.parts(1, [&](const StridedRuns<3>& part, const StridedPlan<3>::Offsets& at) {
    const GatherIndex shifted = {static_cast<const char*>(args.index) + at[1] * dtype_size(args.index_dtype),
                                 args.index_dtype, args.size};
    body(part, at, shifted, column);
  });
}

SortedIndex sort_index(const char* op, const ScatterArgs& args, const Columns& columns, const FaultSink& faults,
                       void* memory, Run& run) {
  const int64_t count = columns.elements();
  const auto none = static_cast<uint32_t>(columns.count * args.size);
  const Dimensions index = with_last(args.sizes, args.index_strides, args.rank, args.dim, columns.length);
  const Dimensions source = with_last(args.sizes, args.source_strides, args.rank, args.dim, columns.length);
  const Dimensions y = with_last(args.sizes, args.y_strides, args.rank, args.dim, args.size);
  KeySort sort(op, memory, count, run);
  check_launch(op, launch(run.stream, grid_for(count), kElementThreads, 0, index_keys, runs_of(index, args.rank),
                          GatherIndex{args.index, args.index_dtype, args.size}, faults,
                          static_cast<uint32_t>(columns.length), none, sort.keys()));
  sort.sort(none);
  return {sort.keys(), sort.positions(),           static_cast<uint32_t>(count),
          none,        runs_of(source, args.rank), runs_of(y, args.rank)};
}

}  // namespace

void add_by_index(const char* op, const ScatterArgs& args, const FaultSink& faults, Run& run) {
  if (args.count == 0) return;
  const Columns columns(args);
  const bool direct = args.dtype == DType::f32;
  const int64_t bytes = columns.are_sorted ? KeySort::bytes(columns.elements()) : 0;
  with_floating(op, args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    char* memory = nullptr;
    if (bytes > 0 || !direct) memory = static_cast<char*>(run.workspace(bytes + (direct ? 0 : args.count * 4)));
    float* sums = direct ? static_cast<float*>(args.y) : reinterpret_cast<float*>(memory + bytes);
    const T* source = static_cast<const T*>(args.source);
    if (args.x)
      cast({args.x, sums, {args.count}, {1}, {1}, 1, args.dtype, DType::f32}, run);
    else
      clear(sums, args.count, DType::f32, run);
    if (columns.are_sorted) {
      const SortedIndex sorted = sort_index(op, args, columns, faults, memory, run);
      check_launch(
          op, launch(run.stream, grid_for(sorted.to.runs), kElementThreads, 0, add_sorted<T>, sorted, source, sums));
    } else if (columns.elements() > 0) {
      for_columns(args, [&](const auto& part, const auto& at, const GatherIndex& index, const IndexColumn& column) {
        check_launch(op, launch(run.stream, grid_for(part.runs), kElementThreads, 0, add_columns<T>, part, index,
                                faults, column, source + at[0], sums + at[2]));
      });
    }
    if (!direct) cast({sums, args.y, {args.count}, {1}, {1}, 1, DType::f32, args.dtype}, run);
  });
}

void replace_by_index(const char* op, const ScatterArgs& args, Run& run) {
  const Columns columns(args);
  if (columns.elements() == 0) return;
  with_width(args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T* source = static_cast<const T*>(args.source);
    T* y = static_cast<T*>(args.y);
    if (columns.are_sorted) {
      void* memory = run.workspace(KeySort::bytes(columns.elements()));
      const SortedIndex sorted = sort_index(op, args, columns, run.faults, memory, run);
      check_launch(
          op, launch(run.stream, grid_for(sorted.count), kElementThreads, 0, replace_sorted<T>, sorted, source, y));
      return;
    }
    for_columns(args, [&](const auto& part, const auto& at, const GatherIndex& index, const IndexColumn& column) {
      check_launch(op, launch(run.stream, grid_for(part.runs), kElementThreads, 0, replace_columns<T>, part, index,
                              run.faults, column, source + at[0], y + at[2]));
    });
  });
}

}  // namespace gridstride::cuda
