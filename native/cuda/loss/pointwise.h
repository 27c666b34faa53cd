// Launches of the losses that are a sum of independent terms (kernels/loss/pointwise.cuh).
#pragma once

#include <algorithm>
#include <string>

#include "kernels/loss/pointwise.cuh"
#include "native/cuda/dispatch.h"
#include "native/cuda/run.h"

namespace gridstride::cuda {

// More blocks than the largest device runs at once gain nothing, and their sums have to be added.
constexpr int64_t kMaxPointwiseBlocks = 1024;

// A thread has at least one vector.
inline int64_t pointwise_blocks(int64_t count, DType dtype) {
  return std::min<int64_t>(kMaxPointwiseBlocks, blocks_for(count, kLossThreads * (16 / dtype_size(dtype))));
}

// What the sum is divided by: the mean of nothing is NaN.
inline double loss_divisor(Reduction reduction, int64_t count, int64_t batch) {
  if (reduction == Reduction::mean) return static_cast<double>(count);
  return reduction == Reduction::batch_mean ? static_cast<double>(batch) : 1.0;
}

template <class Loss, class Args>
void pointwise_loss(const char* op, const Args& args, double divisor, Run& run) {
  const int64_t blocks = pointwise_blocks(args.count, args.dtype);
  const bool reduces = args.reduction != Reduction::none;
  const bool vectors = are_aligned(args.x, args.target, reduces ? nullptr : args.loss);
  const std::string pass = std::string(op) + "_forward";
  with_floating(op, args.target_dtype, [](auto) {});
  with_floating(op, args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    auto* sums = reduces ? static_cast<double*>(run.workspace(std::max<int64_t>(blocks, 1) * 8)) : nullptr;
    if (blocks > 0)
      check_launch(pass.c_str(), launch(run.stream, static_cast<unsigned>(blocks), kLossThreads, 0,
                                        pointwise_forward<Loss, T, Args>, args, vectors, sums));
    if (reduces)
      check_launch(pass.c_str(), launch(run.stream, 1, kLossThreads, 0, loss_finish, sums, nullptr, blocks, divisor,
                                        static_cast<float*>(args.loss), nullptr));
  });
}

template <class Loss, class Args>
void pointwise_gradient(const char* op, const Args& args, double divisor, Run& run) {
  const int64_t blocks = pointwise_blocks(args.count, args.dtype);
  const bool each = args.reduction == Reduction::none;
  const bool vectors = are_aligned(args.x, args.target, args.dx, each ? args.dloss : nullptr);
  with_floating(op, args.target_dtype, [](auto) {});
  with_floating(op, args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    if (blocks > 0)
      check_launch((std::string(op) + "_backward").c_str(),
                   launch(run.stream, static_cast<unsigned>(blocks), kLossThreads, 0, pointwise_backward<Loss, T, Args>,
                          args, vectors, static_cast<float>(divisor)));
  });
}

}  // namespace gridstride::cuda
