#include "native/cuda/reduce/launch_reduce.h"

namespace gridstride::cuda {

void reduce(const ReduceArgs& args, Run& run) {
  const ReducePlan plan(args.shape, false);
  if (args.op == ReduceOp::max || args.op == ReduceOp::min) require_elements("reduce", plan);
  if (args.op == ReduceOp::mean && !is_floating(args.dtype)) throw_dtype("mean", "be floating", args.dtype);
  with_any("reduce", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    constexpr int kVector = std::is_same_v<Wide<T>, float> ? kVectorLength<T> : 1;
    const ValueFold<T> fold = {args.y, args.op, static_cast<float>(plan.reduced.count())};
    ReduceLauncher<T, ValueFold<T>>("reduce", plan, args.x, fold, run).template start<kVector>();
  });
}

}  // namespace gridstride::cuda
