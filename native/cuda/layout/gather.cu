#include "kernels/layout/gather.cuh"

#include <algorithm>

#include "native/cuda/layout/by_index.h"
#include "native/cuda/strided.h"

namespace gridstride::cuda {

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
  ScatterArgs same{};
  same.index = args.index;
  same.source = args.dy;
  same.y = args.dx;
  std::copy_n(args.sizes, kMaxRank, same.sizes);
  std::copy_n(args.index_strides, kMaxRank, same.index_strides);
  std::copy_n(args.dy_strides, kMaxRank, same.source_strides);
  std::copy_n(args.dx_strides, kMaxRank, same.y_strides);
  same.size = args.size;
  same.count = args.dx_count;
  same.rank = args.rank;
  same.dim = args.dim;
  same.dtype = args.dtype;
  same.index_dtype = args.index_dtype;
  add_by_index("gather", same, {}, run);
}

}  // namespace gridstride::cuda
