// The launcher that forward_mma_bf16.cu and forward_mma_f16.cu instantiate.
#pragma once

#include "kernels/attention/forward_mma.cuh"
#include "native/cuda/attention/forward_mma.h"
#include "native/cuda/attention/launch.h"

namespace gridstride::cuda {

template <class T>
void attention_forward_by_mma(const AttentionForwardArgs& args, Run& run) {
  const AttentionProblem& p = args.problem;
  with_width_and_scores(p, [&](auto width, auto scores) {
    constexpr int kD = width.value;
    using Scores = typename decltype(scores)::type;
    const AttentionTiles tiles(p, false, kForwardRows<Scores>);
    const AttentionWork work = prepare_forward(tiles, p, run);
    SharedSize shared;
    shared.add<T>(kForwardRows<Scores> * kD);
    for (int i = 0; i < 4; ++i) shared.add<T>(kForwardKeys<kD> * kD);
    add_relative(shared, p);
    check_launch("attention_forward", launch(run.stream, tiles.blocks(p.heads), kAttentionThreads, shared.bytes(),
                                             attention_forward_mma<T, kD, Scores>, args, work));
  });
}

}  // namespace gridstride::cuda
