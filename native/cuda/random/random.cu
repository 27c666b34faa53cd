#include "kernels/random/random.cuh"

#include "native/cuda/elements.h"
#include "native/cuda/run.h"

namespace gridstride::cuda {

namespace {

int64_t runs_of(int64_t count, int64_t length) { return (count + length - 1) / length; }

}  // namespace

void dropout(const DropoutArgs& args, Run& run) {
  if (args.count == 0) return;
  const bool keeps = args.p < 1.0;
  const float scale = keeps ? static_cast<float>(1.0 / (1.0 - args.p)) : 0.0f;
  with_floating("dropout", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    check_launch("dropout", launch(run.stream, grid_for(runs_of(args.count, kVectorLength<T>)), kElementThreads, 0,
                                   dropout_runs<T>, args, dropout_threshold(args.p), scale, int32_t{keeps},
                                   int32_t{are_aligned(args.x, args.y)}));
  });
}

void uniform(const UniformArgs& args, Run& run) {
  if (args.count == 0) return;
  with_floating("uniform", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    check_launch("uniform", launch(run.stream, grid_for(runs_of(args.count, kCounterWords)), kElementThreads, 0,
                                   uniform_runs<T>, args, int32_t{are_aligned(args.y)}));
  });
}

void normal(const NormalArgs& args, Run& run) {
  if (args.count == 0) return;
  with_floating("normal", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    check_launch("normal", launch(run.stream, grid_for(runs_of(args.count, kCounterWords)), kElementThreads, 0,
                                  normal_runs<T>, args, int32_t{are_aligned(args.y)}));
  });
}

}  // namespace gridstride::cuda
