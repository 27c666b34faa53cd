#include "native/cuda/reduce/launch_reduce.h"

namespace gridstride::cuda {

namespace {

// Output, position and dx of every element.
StridedPlan<3> spread_plan(const ReduceSelectBackwardArgs& args) {
  const ReduceShape& shape = args.shape;
  int64_t sizes[kMaxRank], outputs[kMaxRank] = {}, positions[kMaxRank] = {}, dx_strides[kMaxRank];
  int64_t step = 1;
  for (int d = shape.kept_rank - 1; d >= 0; --d) {
    sizes[d] = shape.kept_sizes[d];
    dx_strides[d] = args.dx_kept_strides[d];
    outputs[d] = step;
    step *= sizes[d];
  }
  step = 1;
  for (int d = shape.reduced_rank - 1; d >= 0; --d) {
    const int at = shape.kept_rank + d;
    sizes[at] = shape.reduced_sizes[d];
    dx_strides[at] = args.dx_reduced_strides[d];
    positions[at] = step;
    step *= sizes[at];
  }
  return StridedPlan<3>(shape.kept_rank + shape.reduced_rank, sizes, {outputs, positions, dx_strides});
}

}  // namespace

void reduce_select_backward(const ReduceSelectBackwardArgs& args, Run& run) {
  const ReducePlan plan(args.shape, true);
  if (plan.kept.count() * plan.reduced.count() == 0) return;
  with_floating("reduce", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    MatchFold<T> fold = {static_cast<const T*>(args.y), nullptr};
    // One block of workspace for the matches and the parts of the search.
    const auto room = [&](int64_t bytes) {
      const int64_t matches = (plan.kept.count() * 8 + 255) / 256 * 256;
      char* memory = static_cast<char*>(run.workspace(matches + bytes));
      fold.y = reinterpret_cast<int64_t*>(memory);
      return memory + matches;
    };
    ReduceLauncher<T, MatchFold<T>>("reduce_select_backward", plan, args.x, fold, run, room).template start<1>();
    const T* dy = static_cast<const T*>(args.dy);
    spread_plan(args).parts(1, [&](const StridedRuns<3>& part, const StridedPlan<3>::Offsets& at) {
      check_launch("reduce_select_backward",
                   launch(run.stream, grid_for(part.runs), kElementThreads, 0, reduce_select_spread<T>, part,
                          static_cast<const int64_t*>(fold.y), dy, static_cast<T*>(args.dx) + at[2], at[0], at[1]));
    });
  });
}

}  // namespace gridstride::cuda
