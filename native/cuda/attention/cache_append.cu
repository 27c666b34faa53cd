#include "kernels/attention/cache_append.cuh"

#include "native/cuda/dispatch.h"
#include "native/cuda/elements.h"
#include "native/cuda/run.h"

namespace gridstride::cuda {

namespace {

template <class T, int kLength>
void launch_append(const CacheAppendArgs& args, Run& run) {
  check_launch("cache_append", launch(run.stream, grid_for(2 * args.tokens * (args.row / kLength)), kElementThreads, 0,
                                      cache_append_rows<T, kLength>, args, run.faults));
}

}  // namespace

void cache_append(const CacheAppendArgs& args, Run& run) {
  if (args.tokens == 0 || args.row == 0) return;
  with_width(args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    constexpr int kLength = kVectorLength<T>;
    const bool vectors = are_aligned(args.k, args.v, args.k_cache, args.v_cache) && args.row % kLength == 0 &&
                         args.k_stride % kLength == 0 && args.v_stride % kLength == 0;
    vectors ? launch_append<T, kLength>(args, run) : launch_append<T, 1>(args, run);
  });
}

}  // namespace gridstride::cuda
