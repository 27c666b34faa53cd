// The launcher that backward_queries_mma_bf16.cu and backward_queries_mma_f16.cu instantiate.
#pragma once

#include "kernels/attention/backward_queries_mma.cuh"
#include "native/cuda/attention/backward_mma.h"
#include "native/cuda/attention/launch.h"

namespace gridstride::cuda {

template <class T>
void attention_backward_queries_by_mma(const AttentionBackwardArgs& args, const BackwardRoom& room, Run& run) {
  const AttentionProblem& p = args.problem;
  with_width_and_scores(p, [&](auto width, auto scores) {
    constexpr int kD = width.value;
    using Scores = typename decltype(scores)::type;
    using Shape = BackwardQueriesShape<kD, Scores>;
    const AttentionTiles tiles(p, false, Shape::kRows);
    SharedSize shared;
    for (int i = 0; i < 2; ++i) shared.add<T>(Shape::kRows * kD);
    for (int i = 0; i < 4; ++i) shared.add<T>(Shape::kKeys * kD);
    add_relative(shared, p, args.d_row);
    check_launch("attention_backward",
                 launch(run.stream, tiles.blocks(p.heads), kAttentionThreads, shared.bytes(),
                        attention_backward_queries_mma<T, kD, Scores>, args,
                        tiles.prepare("attention_backward", p, room.list, room.globals, run), room.rows));
  });
}

}  // namespace gridstride::cuda
