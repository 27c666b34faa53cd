#include "kernels/layout/scatter.h"

#include "kernels/layout/copy.h"
#include "native/cuda/layout/by_index.h"

namespace gridstride::cuda {

void copy(const CopyArgs& args, Run& run);

void scatter(const ScatterArgs& args, Run& run) {
  if (args.count == 0) return;
  copy({args.x, args.y, {args.count}, {1}, {1}, 1, args.dtype}, run);
  replace_by_index("scatter", args, run);
}

void scatter_add(const ScatterArgs& args, Run& run) { add_by_index("scatter_add", args, run.faults, run); }

}  // namespace gridstride::cuda
