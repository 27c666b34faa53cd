#include "native/cuda/reduce/launch_reduce.h"

namespace gridstride::cuda {

namespace {

// Output, place and dx of every element: its position among the reduced ones, or where it lies in x.
StridedPlan<3> spread_plan(const ReduceBackwardArgs& args, bool positions) {
  const ReduceShape& shape = args.shape;
  int64_t sizes[kMaxRank], outputs[kMaxRank] = {}, places[kMaxRank] = {}, dx_strides[kMaxRank];
  int64_t step = 1;
  for (int d = shape.kept_rank - 1; d >= 0; --d) {
    sizes[d] = shape.kept_sizes[d];
    dx_strides[d] = args.dx_kept_strides[d];
    if (!positions) places[d] = shape.kept_strides[d];
    outputs[d] = step;
    step *= sizes[d];
  }
  step = 1;
  for (int d = shape.reduced_rank - 1; d >= 0; --d) {
    const int at = shape.kept_rank + d;
    sizes[at] = shape.reduced_sizes[d];
    dx_strides[at] = args.dx_reduced_strides[d];
    places[at] = positions ? step : shape.reduced_strides[d];
    step *= sizes[at];
  }
  return StridedPlan<3>(shape.kept_rank + shape.reduced_rank, sizes, {outputs, places, dx_strides});
}

// Folds x with `fold`, whose outputs take one block of workspace with the parts of the reduction; kVector as of
// ReduceLauncher::start.
template <class T, int kVector, class Fold>
void fold_to_scratch(const char* op, const ReduceBackwardArgs& args, const ReducePlan& plan, Fold& fold, Run& run) {
  using Output = std::remove_pointer_t<decltype(fold.y)>;
  const auto room = [&](int64_t bytes) {
    const int64_t outputs = (plan.kept.count() * static_cast<int64_t>(sizeof(Output)) + 255) / 256 * 256;
    char* memory = static_cast<char*>(run.workspace(outputs + bytes));
    fold.y = reinterpret_cast<Output*>(memory);
    return memory + outputs;
  };
  ReduceLauncher<T, Fold>(op, plan, args.x, fold, run, room).template start<kVector>();
}

}  // namespace

void reduce_select_backward(const ReduceBackwardArgs& args, Run& run) {
  const ReducePlan plan(args.shape, true);
  if (plan.kept.count() * plan.reduced.count() == 0) return;
  with_floating("reduce", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    MatchFold<T> fold = {static_cast<const T*>(args.y), nullptr};
    fold_to_scratch<T, 1>("reduce_select_backward", args, plan, fold, run);
    const T* dy = static_cast<const T*>(args.dy);
    spread_plan(args, true).parts(1, [&](const StridedRuns<3>& part, const StridedPlan<3>::Offsets& at) {
      check_launch("reduce_select_backward",
                   launch(run.stream, grid_for(part.runs), kElementThreads, 0, reduce_select_spread<T>, part,
                          static_cast<const int64_t*>(fold.y), dy, static_cast<T*>(args.dx) + at[2], at[0], at[1]));
    });
  });
}

void reduce_prod_backward(const ReduceBackwardArgs& args, Run& run) {
  const ReducePlan plan(args.shape, false);
  if (plan.kept.count() * plan.reduced.count() == 0) return;
  with_floating("prod", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    ProductFold fold = {nullptr};
    fold_to_scratch<T, kVectorLength<T>>("reduce_prod_backward", args, plan, fold, run);
    const T *x = static_cast<const T*>(args.x), *dy = static_cast<const T*>(args.dy);
    spread_plan(args, false).parts(1, [&](const StridedRuns<3>& part, const StridedPlan<3>::Offsets& at) {
      check_launch(
          "reduce_prod_backward",
          launch(run.stream, grid_for(part.runs), kElementThreads, 0, reduce_prod_spread<T>, part,
                 static_cast<const Product*>(fold.y) + at[0], dy + at[0], x + at[1], static_cast<T*>(args.dx) + at[2]));
    });
  });
}

}  // namespace gridstride::cuda
