#include "kernels/random/sample_tokens.cuh"

#include <algorithm>

#include "native/cuda/dispatch.h"
#include "native/cuda/run.h"

namespace gridstride::cuda {

namespace {

// At least two warps (block_search), and 8 logits for each thread of a short row.
unsigned threads_for(int64_t columns) {
  return static_cast<unsigned>(std::clamp<int64_t>(columns / 8 / kWarpSize * kWarpSize, 2 * kWarpSize, kSampleThreads));
}

}  // namespace

void sample_tokens(const SampleTokensArgs& args, Run& run) {
  if (args.rows == 0) return;
  with_floating("sample_tokens", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    check_launch("sample_tokens", launch(run.stream, static_cast<unsigned>(args.rows), threads_for(args.columns), 0,
                                         sample_tokens_block_per_row<T>, args));
  });
}

}  // namespace gridstride::cuda
