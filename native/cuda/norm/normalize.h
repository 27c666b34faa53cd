// Launches of layer norm and, without centring, RMS norm (kernels/norm/normalize_*.cuh).
#pragma once

#include <algorithm>
#include <string>

#include "kernels/norm/normalize_backward.cuh"
#include "kernels/norm/normalize_forward.cuh"
#include "native/cuda/dispatch.h"
#include "native/cuda/run.h"

namespace gridstride::cuda {

constexpr unsigned kNormWarpThreads = kNormWarps * kWarpSize;
// Partial sums of the parameter gradients: enough blocks for the largest device, few enough to sum quickly.
constexpr int64_t kMaxNormParts = 256;

// Vectors a lane holds at most: one array of floats forward, four backward, without spilling registers.
constexpr int kNormForwardVectors = 8;
constexpr int norm_backward_vectors(DType dtype) { return dtype == DType::f32 ? 8 : 4; }

template <bool kCentred>
void normalize_forward(const char* op, const LayerNormForwardArgs& args, Run& run) {
  if (args.rows == 0 || args.channels == 0) return;
  const bool aligned = are_aligned(args.x, args.residual, args.gamma, args.beta, args.y, args.sum);
  const int vectors = aligned ? vectors_per_lane(args.channels, args.dtype, kNormForwardVectors) : 0;
  const std::string pass = std::string(op) + "_forward";
  const MaskParameters dropout = mask_parameters(args.dropout);
  with_floating(op, args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    if (vectors == 0) {
      check_launch(pass.c_str(), launch(run.stream, static_cast<unsigned>(args.rows), kNormBlockThreads, 0,
                                        normalize_forward_block_per_row<T, kCentred>, args, dropout));
      return;
    }
    with_vectors<kNormForwardVectors>(vectors, [&](auto n) {
      check_launch(pass.c_str(), launch(run.stream, blocks_for(args.rows, kNormWarps), kNormWarpThreads, 0,
                                        normalize_forward_warp_per_row<T, n.value, kCentred>, args, dropout));
    });
  });
}

template <class T, bool kCentred>
class NormBackward {
 public:
  NormBackward(const char* op, const LayerNormBackwardArgs& args, Run& run)
      : pass_(std::string(op) + "_backward"), args_(args), dropout_(mask_parameters(args.dropout)), run_(run) {}

  void by_warps(int vectors) {
    const int64_t count = std::min<int64_t>(kMaxNormParts, blocks_for(args_.rows, kNormWarps));
    float* parts = room_for_parts(count);
    if (count > 0)
      with_vectors<norm_backward_vectors(kDTypeOf<T>)>(vectors, [&](auto n) {
        check(launch(run_.stream, static_cast<unsigned>(count), kNormWarpThreads, 0,
                     normalize_backward_warp_per_row<T, n.value, kCentred>, args_, dropout_, parts));
      });
    finish(parts, count);
  }

  void by_blocks() {
    const int64_t rows_per_part = std::max<int64_t>(64, (args_.rows + kMaxNormParts - 1) / kMaxNormParts);
    const unsigned count = blocks_for(args_.rows, rows_per_part);
    float* parts = room_for_parts(count);
    if (parts && count > 0)
      check(launch(run_.stream, dim3(blocks_for(args_.channels, kWarpSize), count), kNormSlices * kWarpSize, 0,
                   normalize_backward_columns<T, kCentred>, args_, parts, rows_per_part));
    finish(parts, count);
    if ((args_.dx || args_.dresidual) && args_.rows > 0)
      check(launch(run_.stream, static_cast<unsigned>(args_.rows), kNormBlockThreads, 0,
                   normalize_backward_block_per_row<T, kCentred>, args_, dropout_));
  }

 private:
  void check(cudaError_t status) const { check_launch(pass_.c_str(), status); }

  // Null where no parameter gradient is wanted.
  float* room_for_parts(int64_t count) const {
    if (!args_.dgamma && !args_.dbeta) return nullptr;
    return static_cast<float*>(
        run_.workspace(std::max<int64_t>(count, 1) * kNormPlanes<kCentred> * args_.channels * 4));
  }
  void finish(const float* parts, int64_t count) const {
    if (!parts) return;
    check(launch(run_.stream, dim3(blocks_for(args_.channels, kWarpSize), kNormPlanes<kCentred>),
                 kNormSlices * kWarpSize, 0, normalize_backward_finish, parts, static_cast<int>(count), args_.channels,
                 static_cast<float*>(args_.dgamma), static_cast<float*>(args_.dbeta)));
  }

  std::string pass_;
  const LayerNormBackwardArgs& args_;
  const MaskParameters dropout_;
  Run& run_;
};

template <bool kCentred>
void normalize_backward(const char* op, const LayerNormBackwardArgs& args, Run& run) {
  if (args.channels == 0) return;
  const bool aligned = are_aligned(args.dy, args.dsum, args.x, args.gamma, args.dx, args.dresidual);
  const int vectors = aligned ? vectors_per_lane(args.channels, args.dtype, norm_backward_vectors(args.dtype)) : 0;
  with_floating(op, args.dtype, [&](auto tag) {
    NormBackward<typename decltype(tag)::type, kCentred> backward(op, args, run);
    if (vectors == 0)
      backward.by_blocks();
    else
      backward.by_warps(vectors);
  });
}

}  // namespace gridstride::cuda
