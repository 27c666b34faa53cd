#include "kernels/loss/softmax.cuh"

#include "native/cuda/dispatch.h"
#include "native/cuda/run.h"

namespace gridstride::cuda {

namespace {

constexpr unsigned kWarpThreads = kSoftmaxWarps * kWarpSize;
// Vectors a lane holds at most: 64 floats forward, twice 32 backward, without spilling registers.
constexpr int kForwardVectors = 8;
constexpr int backward_vectors(DType dtype) { return dtype == DType::f32 ? 8 : 4; }

}  // namespace

void softmax_forward(const SoftmaxForwardArgs& args, Run& run) {
  if (args.rows == 0 || args.columns == 0) return;
  const bool aligned = are_aligned(args.x, args.y) && args.x_stride * dtype_size(args.dtype) % 16 == 0;
  const int vectors = aligned ? vectors_per_lane(args.columns, args.dtype, kForwardVectors) : 0;
  with_floating("softmax", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    if (vectors == 0) {
      check_launch("softmax_forward", launch(run.stream, static_cast<unsigned>(args.rows), kSoftmaxBlockThreads, 0,
                                             softmax_forward_block_per_row<T>, args));
      return;
    }
    with_vectors<kForwardVectors>(vectors, [&](auto n) {
      check_launch("softmax_forward", launch(run.stream, blocks_for(args.rows, kSoftmaxWarps), kWarpThreads, 0,
                                             softmax_forward_warp_per_row<T, n.value>, args));
    });
  });
}

void softmax_backward(const SoftmaxBackwardArgs& args, Run& run) {
  if (args.rows == 0 || args.columns == 0) return;
  const bool aligned = are_aligned(args.y, args.dy, args.dx);
  const int vectors = aligned ? vectors_per_lane(args.columns, args.dtype, backward_vectors(args.dtype)) : 0;
  with_floating("softmax", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    if (vectors == 0) {
      check_launch("softmax_backward", launch(run.stream, static_cast<unsigned>(args.rows), kSoftmaxBlockThreads, 0,
                                              softmax_backward_block_per_row<T>, args));
      return;
    }
    with_vectors<backward_vectors(kDTypeOf<T>)>(vectors, [&](auto n) {
      check_launch("softmax_backward", launch(run.stream, blocks_for(args.rows, kSoftmaxWarps), kWarpThreads, 0,
                                              softmax_backward_warp_per_row<T, n.value>, args));
    });
  });
}

}  // namespace gridstride::cuda
