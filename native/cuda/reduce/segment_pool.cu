#include "kernels/reduce/segment_pool.cuh"

#include "native/cuda/dispatch.h"
#include "native/cuda/run.h"

namespace gridstride::cuda {

namespace {

template <class T, int kLength>
void forward(const SegmentPoolForwardArgs& args, Run& run) {
  const bool copies = args.kind == PoolKind::first || args.kind == PoolKind::last;
  const unsigned chunks = blocks_for(args.channels, (copies ? kPoolThreads : kWarpSize) * kLength);
  const auto kernel = copies ? segment_pool_forward_copy<T, kLength> : segment_pool_forward_slices<T, kLength>;
  check_launch("segment_pool_forward", launch(run.stream, static_cast<unsigned>(args.segments) * chunks, kPoolThreads,
                                              0, kernel, args, chunks, run.faults));
}

template <class T, int kLength>
void backward(const SegmentPoolBackwardArgs& args, Run& run) {
  check_launch("segment_pool_backward", launch(run.stream, blocks_for(args.rows, kPoolSlices), kPoolThreads, 0,
                                               segment_pool_backward_warp_per_row<T, kLength>, args));
}

}  // namespace

void segment_pool_forward(const SegmentPoolForwardArgs& args, Run& run) {
  if (args.segments == 0 || args.channels == 0) return;
  with_floating("segment_pool", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    constexpr int kLength = kVectorLength<T>;
    const bool vectors = args.channels % kLength == 0 && are_aligned(args.x, args.y, args.arg_max);
    vectors ? forward<T, kLength>(args, run) : forward<T, 1>(args, run);
  });
}

void segment_pool_backward(const SegmentPoolBackwardArgs& args, Run& run) {
  if (args.rows == 0 || args.channels == 0) return;
  with_floating("segment_pool", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    constexpr int kLength = kVectorLength<T>;
    const bool vectors = args.channels % kLength == 0 && are_aligned(args.dy, args.dx);
    vectors ? backward<T, kLength>(args, run) : backward<T, 1>(args, run);
  });
}

}  // namespace gridstride::cuda
