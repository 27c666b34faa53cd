#include "kernels/attention/attention_decode.cuh"

#include <algorithm>

#include "native/cuda/attention/decode_split.h"
#include "native/cuda/dispatch.h"

namespace gridstride::cuda {

void attention_decode(const AttentionDecodeArgs& args, Run& run) {
  if (args.q_tokens == 0 || args.heads == 0 || args.head_size == 0) return;
  DecodeWork work{nullptr, nullptr, std::max<int64_t>(1, most_decode_splits(args)), 1, run.faults};
  const bool merges = work.splits > 1;
  if (merges) {
    const int64_t splits = args.q_tokens * args.heads * work.splits;
    work.sums = static_cast<float*>(run.workspace(splits * (args.head_size + 2) * 4));
    work.outputs = work.sums + 2 * splits;
  }
  with_floating("attention_decode", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    launch_decode_split<T>(args, work, run);
    const int64_t rows = args.batch * args.max_sq * args.heads;
    if (merges && rows > 0)
      check_launch("attention_decode", launch(run.stream, blocks_for(rows, kDecodeWarps), kDecodeThreads, 0,
                                              attention_decode_merge<T>, args, work));
  });
}

}  // namespace gridstride::cuda
