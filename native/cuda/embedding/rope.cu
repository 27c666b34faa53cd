#include "kernels/embedding/rope.cuh"

#include <algorithm>

#include "native/cuda/dispatch.h"
#include "native/cuda/run.h"

namespace gridstride::cuda {

namespace {

constexpr int64_t kBlocksPerMultiprocessor = 8;

template <class T, int kLength>
void launch_rope(const RopeArgs& args, Run& run) {
  const int64_t runs = std::clamp<int64_t>(args.pairs / kLength, 1, kRopeThreads);
  const int64_t side_by_side = std::min(args.heads, kRopeThreads / runs);
  // Heads go to blocks of their own only where tokens alone do not fill the device.
  const int64_t wanted = blocks_for(kBlocksPerMultiprocessor * run.multiprocessors, args.tokens);
  const int64_t most = blocks_for(args.heads, side_by_side);
  const int64_t heads = blocks_for(args.heads, std::min(wanted, most));
  const RopeGroups groups = {blocks_for(args.heads, heads), static_cast<int32_t>(heads)};
  check_launch("rope", launch(run.stream, static_cast<unsigned>(args.tokens * groups.count),
                              dim3(static_cast<unsigned>(runs), static_cast<unsigned>(side_by_side)), 0,
                              rope_block_per_token<T, kLength>, args, groups));
}

template <class T>
bool has_vectors(const RopeArgs& args) {
  constexpr int64_t kLength = kVectorLength<T>;
  return are_aligned(args.x, args.y) && args.pairs % kLength == 0 && args.size % kLength == 0 &&
         args.x_token_stride % kLength == 0 && args.x_head_stride % kLength == 0;
}

}  // namespace

void rope(const RopeArgs& args, Run& run) {
  if (args.tokens == 0 || args.heads == 0 || args.size == 0) return;
  with_floating("rope", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    if (has_vectors<T>(args))
      launch_rope<T, kVectorLength<T>>(args, run);
    else
      launch_rope<T, 1>(args, run);
  });
}

}  // namespace gridstride::cuda
