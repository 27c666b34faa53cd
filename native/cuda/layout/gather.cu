#include "kernels/layout/gather.cuh"

#include "kernels/elementwise/cast.h"
#include "native/cuda/run.h"
#include "native/cuda/scatter_rows.h"
#include "native/cuda/sort.h"
#include "native/cuda/strided.h"

namespace gridstride::cuda {

void cast(const CastArgs& args, Run& run);

namespace {

// Columns are summed one thread each, unless they are few and long.
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

template <class T>
void sum_columns(const GatherBackwardArgs& args, float* sums, Run& run) {
  const auto dim = args.dim;
  const Dimensions dy = with_last(args.sizes, args.dy_strides, args.rank, dim, 1);
  const Dimensions index = with_last(args.sizes, args.index_strides, args.rank, dim, 1);
  const Dimensions dx = with_last(args.sizes, args.dx_strides, args.rank, dim, 1);
  const StridedPlan<3> plan(args.rank, dy.sizes, {dy.strides, index.strides, dx.strides}, 0);
  const GatherColumn column = {args.sizes[dim], args.dy_strides[dim], args.index_strides[dim], args.dx_strides[dim]};
  plan.parts(1, [&](const StridedRuns<3>& part, const StridedPlan<3>::Offsets& at) {
    const GatherIndex shifted = {static_cast<const char*>(args.index) + at[1] * dtype_size(args.index_dtype),
                                 args.index_dtype, args.size};
    check_launch("gather_backward",
                 launch(run.stream, grid_for(part.runs), kElementThreads, 0, gather_backward_columns<T>, part, shifted,
                        column, static_cast<const T*>(args.dy) + at[0], sums + at[2]));
  });
}

template <class T>
void sum_sorted(const GatherBackwardArgs& args, int64_t columns, float* sums, void* memory, Run& run) {
  const int64_t length = args.sizes[args.dim], count = columns * length;
  const auto none = static_cast<uint32_t>(columns * args.size);
  const Dimensions index = with_last(args.sizes, args.index_strides, args.rank, args.dim, length);
  const Dimensions dy = with_last(args.sizes, args.dy_strides, args.rank, args.dim, length);
  const Dimensions dx = with_last(args.sizes, args.dx_strides, args.rank, args.dim, args.size);
  KeySort sort("gather_backward", memory, count, run);
  check_launch(
      "gather_backward",
      launch(run.stream, grid_for(count), kElementThreads, 0, gather_keys, runs_of(index, args.rank),
             GatherIndex{args.index, args.index_dtype, args.size}, static_cast<uint32_t>(length), none, sort.keys()));
  sort.sort(none);
  const SortedGather sorted = {sort.keys(), sort.positions(), static_cast<uint32_t>(count), runs_of(dy, args.rank),
                               runs_of(dx, args.rank)};
  check_launch("gather_backward", launch(run.stream, grid_for(sorted.sums.runs), kElementThreads, 0,
                                         gather_backward_sorted<T>, sorted, static_cast<const T*>(args.dy), sums));
}

}  // namespace

void gather_forward(const GatherForwardArgs& args, Run& run) {
  int64_t y_strides[kMaxRank], x_strides[kMaxRank], step = 1;
  for (int d = args.rank - 1; d >= 0; --d) {
    y_strides[d] = step;
    x_strides[d] = d == args.dim ? 0 : args.x_strides[d];
    step *= args.sizes[d];
  }
  const StridedPlan<3> plan(args.rank, args.sizes, {y_strides, args.index_strides, x_strides}, -1);
  with_width(args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    const uint64_t bad = is_floating(args.dtype) ? 0x7fff7fff7fff7fff : 0;  // NaN in every floating dtype
    plan.parts(1, [&](const StridedRuns<3>& part, const StridedPlan<3>::Offsets& at) {
      const GatherIndex index = {static_cast<const char*>(args.index) + at[1] * dtype_size(args.index_dtype),
                                 args.index_dtype, args.size};
      check_launch("gather_forward",
                   launch(run.stream, grid_for(part.runs), kElementThreads, 0, gather_elements<T>, part, index,
                          run.faults, static_cast<const T*>(args.x) + at[2], static_cast<T*>(args.y) + at[0],
                          args.x_strides[args.dim], static_cast<T>(bad)));
    });
  });
}

void gather_backward(const GatherBackwardArgs& args, Run& run) {
  if (args.dx_count == 0) return;
  int64_t columns = 1;
  for (int d = 0; d < args.rank; ++d) columns *= d == args.dim ? 1 : args.sizes[d];
  const int64_t length = args.sizes[args.dim], count = columns * length;
  constexpr int64_t kMostKeys = int64_t{1} << 31;
  const bool sorts = length > kShortColumn && columns < kEnoughColumns && count > 0 && count < kMostKeys &&
                     columns * args.size < kMostKeys;
  const bool direct = args.dtype == DType::f32;
  const int64_t bytes = sorts ? KeySort::bytes(count) : 0;
  with_floating("gather", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    char* memory = nullptr;
    if (sorts || !direct) memory = static_cast<char*>(run.workspace(bytes + (direct ? 0 : args.dx_count * 4)));
    float* sums = direct ? static_cast<float*>(args.dx) : reinterpret_cast<float*>(memory + bytes);
    clear(sums, args.dx_count, DType::f32, run);
    if (sorts)
      sum_sorted<T>(args, columns, sums, memory, run);
    else if (count > 0)
      sum_columns<T>(args, sums, run);
    if (!direct) cast({sums, args.dx, {args.dx_count}, {1}, {1}, 1, DType::f32, args.dtype}, run);
  });
}

}  // namespace gridstride::cuda
