#include "kernels/loss/cross_entropy.h"

#include <algorithm>

#include "kernels/loss/cross_entropy_backward.cuh"
#include "kernels/loss/cross_entropy_forward.cuh"
#include "native/cuda/dispatch.h"
#include "native/cuda/run.h"

namespace gridstride::cuda {

namespace {

// Blocks of the forward pass: enough to fill the largest device several times over, few enough to sum quickly.
constexpr int64_t kMaxGroupParts = 1024, kMaxBlockParts = 4096;
constexpr int64_t kMaxGroupVectors = 256;   // of a row; a longer one takes a block
constexpr int64_t kColumnsOfBlock = 16384;  // of a row, backward

// Threads for a row: each has at least one vector, up to `most` threads.
int team_of(int64_t classes, DType dtype, int most) {
  const int64_t vectors = (classes * dtype_size(dtype) + 15) / 16;
  int team = 1;
  while (team < most && team < vectors) team *= 2;
  return team;
}

template <class Args>
bool needs_total(const Args& args) {
  return args.weights && args.label_smoothing > 0;
}

void sum_weights(const void* weights, int64_t classes, float* total, const char* op, Run& run) {
  check_launch(op, launch(run.stream, 1, kLossThreads, 0, class_weight_total, static_cast<const float*>(weights),
                          classes, total));
}

template <class T>
void forward_rows(const CrossEntropyForwardArgs& args, const CrossEntropyParts& parts, int64_t blocks, bool groups,
                  Run& run) {
  const auto grid = static_cast<unsigned>(blocks);
  if (groups)
    check_launch("cross_entropy_forward",
                 launch(run.stream, grid, kLossThreads, 0, cross_entropy_forward_group_per_row<T>, args, parts,
                        team_of(args.classes, args.dtype, kWarpSize)));
  else
    check_launch("cross_entropy_forward",
                 launch(run.stream, grid, kLossThreads, 0, cross_entropy_forward_block_per_row<T>, args, parts));
}

}  // namespace

void cross_entropy_forward(const CrossEntropyForwardArgs& args, Run& run) {
  const bool groups = args.classes * dtype_size(args.dtype) <= kMaxGroupVectors * 16;
  const int rows_of_block = groups ? kLossThreads / team_of(args.classes, args.dtype, kWarpSize) : 1;
  const int64_t blocks =
      std::min<int64_t>(groups ? kMaxGroupParts : kMaxBlockParts, blocks_for(args.rows, rows_of_block));
  with_floating("cross_entropy", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    const bool sums = args.reduction != Reduction::none, mean = args.reduction == Reduction::mean;
    auto* scratch = static_cast<double*>(run.workspace((2 * blocks + 1) * 8));
    auto* total = reinterpret_cast<float*>(scratch + 2 * blocks);
    if (needs_total(args)) sum_weights(args.weights, args.classes, total, "cross_entropy_forward", run);
    const CrossEntropyParts parts{sums ? scratch : nullptr, scratch + blocks, needs_total(args) ? total : nullptr,
                                  run.faults};
    if (blocks > 0) forward_rows<T>(args, parts, blocks, groups, run);
    check_launch("cross_entropy_forward",
                 launch(run.stream, 1, kLossThreads, 0, loss_finish, scratch, mean ? parts.weights : nullptr,
                        sums ? blocks : int64_t{0}, 1.0, sums ? static_cast<float*>(args.loss) : nullptr,
                        static_cast<float*>(args.normaliser)));
  });
}

void cross_entropy_backward(const CrossEntropyBackwardArgs& args, Run& run) {
  if (args.rows == 0 || args.classes == 0) return;
  const int team = team_of(args.classes, args.dtype, kLossThreads);
  // Long rows go to several blocks; their parts are whole vectors.
  const int64_t parts = std::min<int64_t>(65535, blocks_for(args.classes, kColumnsOfBlock));
  const int64_t columns = (args.classes + parts * 16 - 1) / (parts * 16) * 16;
  with_floating("cross_entropy", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    float* total = needs_total(args) ? static_cast<float*>(run.workspace(4)) : nullptr;
    if (total) sum_weights(args.weights, args.classes, total, "cross_entropy_backward", run);
    const dim3 grid(blocks_for(args.rows, kLossThreads / team), blocks_for(args.classes, columns));
    check_launch("cross_entropy_backward",
                 launch(run.stream, grid, kLossThreads, 0, cross_entropy_backward_rows<T>, args, total, team, columns));
  });
}

}  // namespace gridstride::cuda
