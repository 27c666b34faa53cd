#include "native/cuda/reduce/launch_reduce.h"

namespace gridstride::cuda {

void arg_reduce(const ArgReduceArgs& args, Run& run) {
  const ReducePlan plan(args.shape, true);
  require_elements("arg_reduce", plan);
  with_any("arg_reduce", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    const ArgFold<T> fold = {static_cast<int64_t*>(args.y), args.op == ReduceOp::max};
    ReduceLauncher<T, ArgFold<T>>("arg_reduce", plan, args.x, fold, run).template start<1>();
  });
}

}  // namespace gridstride::cuda
