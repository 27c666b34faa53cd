#include "kernels/elementwise/where.cuh"

#include "native/cuda/run.h"
#include "native/cuda/strided.h"

namespace gridstride::cuda {

void where(const WhereArgs& args, Run& run) {
  const StridedPlan<4> plan(args.rank, args.sizes,
                            {args.condition_strides, args.a_strides, args.b_strides, args.y_strides});
  with_width(args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    constexpr int kLength = kVectorLength<T>;
    const bool vectors = plan.has_vectors(
        kLength, {{{args.condition, 1}, {args.a, sizeof(T)}, {args.b, sizeof(T)}, {args.y, sizeof(T)}}});
    const auto kernel = vectors ? where_runs<T, kLength> : where_runs<T, 1>;
    plan.parts(vectors ? kLength : 1, [&](const StridedRuns<4>& part, const StridedPlan<4>::Offsets& at) {
      check_launch("where",
                   launch(run.stream, grid_for(part.runs), kElementThreads, 0, kernel, part,
                          static_cast<const uint8_t*>(args.condition) + at[0], static_cast<const T*>(args.a) + at[1],
                          static_cast<const T*>(args.b) + at[2], static_cast<T*>(args.y) + at[3]));
    });
  });
}

}  // namespace gridstride::cuda
