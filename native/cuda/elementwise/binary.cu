#include "kernels/elementwise/binary.cuh"

#include "native/cuda/run.h"
#include "native/cuda/strided.h"

namespace gridstride::cuda {

void binary(const BinaryArgs& args, Run& run) {
  constexpr int64_t kRepeat[kMaxRank] = {};
  const StridedPlan<3> plan(args.rank, args.sizes,
                            {args.a ? args.a_strides : kRepeat, args.b ? args.b_strides : kRepeat, args.y_strides});
  with_any("binary", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    constexpr int kLength = kBinaryLength<T>;
    const int64_t y_size = gives_boolean(args.op) ? 1 : sizeof(T);
    const bool vectors = plan.has_vectors(kLength, {{{args.a, sizeof(T)}, {args.b, sizeof(T)}, {args.y, y_size}}});
    const auto kernel = vectors ? binary_runs<T, kLength> : binary_runs<T, 1>;
    plan.parts(vectors ? kLength : 1, [&](const StridedRuns<3>& part, const StridedPlan<3>::Offsets& at) {
      const T* a = args.a ? static_cast<const T*>(args.a) + at[0] : nullptr;
      const T* b = args.b ? static_cast<const T*>(args.b) + at[1] : nullptr;
      check_launch("binary", launch(run.stream, grid_for(part.runs), kElementThreads, 0, kernel, part, a, b,
                                    static_cast<void*>(static_cast<char*>(args.y) + at[2] * y_size),
                                    from_number<T>(args.scalar), args.op, run.faults));
    });
  });
}

}  // namespace gridstride::cuda
