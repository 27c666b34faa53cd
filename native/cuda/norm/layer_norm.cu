#include "kernels/norm/layer_norm.h"

#include <algorithm>

#include "kernels/norm/layer_norm_backward.cuh"
#include "kernels/norm/layer_norm_forward.cuh"
#include "native/cuda/dispatch.h"
#include "native/cuda/run.h"

namespace gridstride::cuda {

namespace {

constexpr unsigned kWarpThreads = kNormWarps * kWarpSize;
// Partial sums of the parameter gradients: enough blocks for the largest device, few enough to sum quickly.
constexpr int64_t kMaxParts = 256;

// Vectors a lane holds at most: one array of floats forward, four backward, without spilling registers.
constexpr int kForwardVectors = 8;
constexpr int backward_vectors(DType dtype) { return dtype == DType::f32 ? 8 : 4; }

void finish(const LayerNormBackwardArgs& args, const float* parts, int64_t count, Run& run) {
  check_launch("layer_norm_backward",
               launch(run.stream, blocks_for(args.channels, kWarpSize), kNormSlices * kWarpSize, 0,
                      layer_norm_backward_finish, parts, static_cast<int>(count), args.channels,
                      static_cast<float*>(args.dgamma), static_cast<float*>(args.dbeta)));
}

float* room_for_parts(const LayerNormBackwardArgs& args, int64_t count, Run& run) {
  return static_cast<float*>(run.workspace(std::max<int64_t>(count, 1) * 2 * args.channels * 4));
}

template <class T>
void backward_by_warps(const LayerNormBackwardArgs& args, int vectors, Run& run) {
  const bool wants_parameters = args.dgamma || args.dbeta;
  const int64_t count = std::min<int64_t>(kMaxParts, blocks_for(args.rows, kNormWarps));
  float* parts = wants_parameters ? room_for_parts(args, count, run) : nullptr;
  if (count > 0)
    with_vectors<backward_vectors(kDTypeOf<T>)>(vectors, [&](auto n) {
      check_launch("layer_norm_backward", launch(run.stream, static_cast<unsigned>(count), kWarpThreads, 0,
                                                 layer_norm_backward_warp_per_row<T, n.value>, args, parts));
    });
  if (wants_parameters) finish(args, parts, count, run);
}

template <class T>
void backward_by_blocks(const LayerNormBackwardArgs& args, Run& run) {
  if (args.dgamma || args.dbeta) {
    const int64_t rows_per_part = std::max<int64_t>(64, (args.rows + kMaxParts - 1) / kMaxParts);
    const unsigned count = blocks_for(args.rows, rows_per_part);
    float* parts = room_for_parts(args, count, run);
    if (count > 0)
      check_launch("layer_norm_backward",
                   launch(run.stream, dim3(blocks_for(args.channels, kWarpSize), count), kNormSlices * kWarpSize, 0,
                          layer_norm_backward_columns<T>, args, parts, rows_per_part));
    finish(args, parts, count, run);
  }
  if (args.dx && args.rows > 0)
    check_launch("layer_norm_backward", launch(run.stream, static_cast<unsigned>(args.rows), kNormBlockThreads, 0,
                                               layer_norm_backward_block_per_row<T>, args));
}

}  // namespace

void layer_norm_forward(const LayerNormForwardArgs& args, Run& run) {
  if (args.rows == 0 || args.channels == 0) return;
  const bool aligned = are_aligned(args.x, args.residual, args.gamma, args.beta, args.y, args.sum);
  const int vectors = aligned ? vectors_per_lane(args.channels, args.dtype, kForwardVectors) : 0;
  with_floating("layer_norm", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    if (vectors == 0) {
      check_launch("layer_norm_forward", launch(run.stream, static_cast<unsigned>(args.rows), kNormBlockThreads, 0,
                                                layer_norm_forward_block_per_row<T>, args));
      return;
    }
    with_vectors<kForwardVectors>(vectors, [&](auto n) {
      check_launch("layer_norm_forward", launch(run.stream, blocks_for(args.rows, kNormWarps), kWarpThreads, 0,
                                                layer_norm_forward_warp_per_row<T, n.value>, args));
    });
  });
}

void layer_norm_backward(const LayerNormBackwardArgs& args, Run& run) {
  if (args.channels == 0) return;
  const bool aligned = are_aligned(args.dy, args.dsum, args.x, args.gamma, args.dx);
  const int vectors = aligned ? vectors_per_lane(args.channels, args.dtype, backward_vectors(args.dtype)) : 0;
  with_floating("layer_norm", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    if (vectors == 0)
      backward_by_blocks<T>(args, run);
    else
      backward_by_warps<T>(args, vectors, run);
  });
}

}  // namespace gridstride::cuda
