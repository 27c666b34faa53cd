#include "kernels/elementwise/cast.cuh"

#include "kernels/layout/copy.h"
#include "native/cuda/run.h"
#include "native/cuda/strided.h"

namespace gridstride::cuda {

void copy(const CopyArgs& args, Run& run);

namespace {

void copy_same_dtype(const CastArgs& args, Run& run) {
  CopyArgs same{};
  same.x = args.x;
  same.y = args.y;
  std::copy_n(args.sizes, kMaxRank, same.sizes);
  std::copy_n(args.x_strides, kMaxRank, same.x_strides);
  std::copy_n(args.y_strides, kMaxRank, same.y_strides);
  same.rank = args.rank;
  same.dtype = args.x_dtype;
  copy(same, run);
}

template <class W>
void cast_from(const CastArgs& args, const StridedPlan<2>& plan, Run& run) {
  const int64_t x_size = dtype_size(args.x_dtype), y_size = dtype_size(args.y_dtype);
  const bool vectors = plan.has_vectors(kCastLength, {{{args.x, x_size}, {args.y, y_size}}});
  const auto kernel = vectors ? cast_runs<W, kCastLength> : cast_runs<W, 1>;
  plan.parts(vectors ? kCastLength : 1, [&](const StridedRuns<2>& part, const StridedPlan<2>::Offsets& at) {
    check_launch("cast",
                 launch(run.stream, grid_for(part.runs), kElementThreads, 0, kernel, part,
                        static_cast<const void*>(static_cast<const char*>(args.x) + at[0] * x_size),
                        static_cast<void*>(static_cast<char*>(args.y) + at[1] * y_size), args.x_dtype, args.y_dtype));
  });
}

}  // namespace

void cast(const CastArgs& args, Run& run) {
  if (args.x_dtype == args.y_dtype) return copy_same_dtype(args, run);
  const StridedPlan<2> plan(args.rank, args.sizes, {args.x_strides, args.y_strides});
  if (args.x_dtype == DType::f64) return cast_from<double>(args, plan, run);
  if (args.x_dtype == DType::i64 || args.x_dtype == DType::i32) return cast_from<int64_t>(args, plan, run);
  cast_from<float>(args, plan, run);
}

}  // namespace gridstride::cuda
