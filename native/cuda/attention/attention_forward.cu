#include "kernels/attention/forward_simt.cuh"
#include "native/cuda/attention/forward_mma.h"
#include "native/cuda/attention/launch.h"

namespace gridstride::cuda {

namespace {

template <int kN>
void forward_by_simt(const AttentionForwardArgs& args, Run& run) {
  const AttentionProblem& p = args.problem;
  const AttentionTiles tiles(p, false, kSimtRows);
  const AttentionWork work = prepare_forward(tiles, p, run);
  const dim3 grid(tiles.blocks(p.heads), blocks_for(p.head_size, 16 * kN));
  check_launch("attention_forward",
               launch(run.stream, grid, kSimtThreads, simt_shared().bytes(), attention_forward_simt<kN>, args, work));
}

}  // namespace

void attention_forward(const AttentionForwardArgs& args, Run& run) {
  const AttentionProblem& p = args.problem;
  if (p.q_tokens == 0 || p.heads == 0 || p.head_size == 0) return;
  const bool by_vectors = moves_in_vectors(args.q, p.q_stride) && moves_in_vectors(args.k, p.k_stride) &&
                          moves_in_vectors(args.v, p.v_stride) && moves_in_vectors(args.o, args.o_stride);
  with_floating("attention", p.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    if constexpr (!std::is_same_v<T, float>)
      if (by_vectors && fits_tensor_cores(p)) return attention_forward_by_mma<T>(args, run);
    if (p.head_size <= 64) return forward_by_simt<4>(args, run);
    forward_by_simt<8>(args, run);
  });
}

}  // namespace gridstride::cuda
