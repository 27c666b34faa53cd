#include "kernels/elementwise/unary.cuh"

#include "native/cuda/run.h"
#include "native/cuda/strided.h"

namespace gridstride::cuda {

void unary(const UnaryArgs& args, Run& run) {
  const bool integer_op = args.op <= UnaryOp::square || gives_boolean(args.op);
  if (!is_floating(args.dtype) && !integer_op) throw_dtype("unary", "be f32, bf16 or f16 for this op", args.dtype);
  const StridedPlan<2> plan(args.rank, args.sizes, {args.x_strides, args.y_strides});
  with_any("unary", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    constexpr int kLength = kVectorLength<T>;
    const int64_t y_size = gives_boolean(args.op) ? 1 : sizeof(T);
    const bool vectors = plan.has_vectors(kLength, {{{args.x, sizeof(T)}, {args.y, y_size}}});
    const auto kernel = vectors ? unary_runs<T, kLength> : unary_runs<T, 1>;
    plan.parts(vectors ? kLength : 1, [&](const StridedRuns<2>& part, const StridedPlan<2>::Offsets& at) {
      check_launch("unary", launch(run.stream, grid_for(part.runs), kElementThreads, 0, kernel, part,
                                   static_cast<const T*>(args.x) + at[0],
                                   static_cast<void*>(static_cast<char*>(args.y) + at[1] * y_size), args.op));
    });
  });
}

}  // namespace gridstride::cuda
