// A batched product C[o, i] = epilogue(A[o, i] B[o, i]), A (m, k), B (k, n), as every GEMM kernel takes it, and the
// part of it one block computes. Depth is k; the outer index of an operand is m for A, n for B.
#pragma once

#include "kernels/common/activation.h"
#include "kernels/common/device.cuh"
#include "kernels/common/dtype.h"

namespace gridstride {

struct GemmOperand {
  const void* data;
  int64_t outer_stride, depth_stride;  // of elements: 1 for one of them where 16-byte copies are to work
  int64_t batch_outer_stride, batch_inner_stride;
};

// z = alpha * product + bias, kept in pre_activation; c = act(z) + residual. One rounding each.
struct GemmEpilogue {
  void* c;               // (m, n), rows stride apart, of dtype
  const void* bias;      // (n), or null; like residual and pre_activation of the operands' dtype
  const void* residual;  // (m, n), rows residual_stride apart, or null
  void* pre_activation;  // (m, n) contiguous, or null
  int64_t stride, residual_stride;
  int64_t batch_outer_stride, batch_inner_stride;  // of c; the others know one product only
  float alpha;
  Activation activation;
  DType dtype;
};

struct GemmArgs {
  GemmOperand a, b;
  GemmEpilogue to;
  int64_t m, n, k;
  int64_t outer, inner;  // batches
};

// What the launcher adds.
struct GemmLaunch {
  int64_t first_batch;      // of this grid's z
  int64_t depth_per_split;  // split blockIdx.y sums so much of the depth
  float* partials;          // (splits, batches, m, n rounded up to 8), or null: the block applies the epilogue
  bool vectors;             // whether the epilogue's arrays take 16-byte accesses
};

GS_HOST_DEVICE constexpr int64_t gemm_partial_columns(int64_t n) { return (n + 7) / 8 * 8; }

// Tiles run down eight rows of tiles at a time, so that blocks at work together share their operands in L2. Kept small:
// it lives through the main loop.
template <int kTileM, int kTileN>
class GemmBlock {
  static constexpr unsigned kHeight = 8;

 public:
  __device__ __forceinline__ explicit GemmBlock(const GemmArgs& args) {
    const auto rows = static_cast<unsigned>((args.m + kTileM - 1) / kTileM);
    const auto columns = static_cast<unsigned>((args.n + kTileN - 1) / kTileN);
    const unsigned first = blockIdx.x / (kHeight * columns) * kHeight, within = blockIdx.x % (kHeight * columns);
    const unsigned height = rows - first < kHeight ? rows - first : kHeight;
    row_ = first + within % height;
    column_ = within / height;
  }

  __device__ __forceinline__ int64_t row() const { return static_cast<int64_t>(row_) * kTileM; }
  __device__ __forceinline__ int64_t column() const { return static_cast<int64_t>(column_) * kTileN; }

 private:
  unsigned row_, column_;
};

// What a block sums over: a split of a batch's depth.
struct GemmShare {
  int64_t batch, first, depth;

  __device__ __forceinline__ GemmShare(const GemmArgs& args, const GemmLaunch& launch)
      : batch(launch.first_batch + blockIdx.z), first(blockIdx.y * launch.depth_per_split) {
    depth = args.k - first < launch.depth_per_split ? args.k - first : launch.depth_per_split;
  }
  // Element (outer, first) of this batch's operand.
  template <class T>
  __device__ __forceinline__ const T* begin_of(const GemmArgs& args, const GemmOperand& x, int64_t outer) const {
    return static_cast<const T*>(x.data) + batch / args.inner * x.batch_outer_stride +
           batch % args.inner * x.batch_inner_stride + outer * x.outer_stride + first * x.depth_stride;
  }
};

}  // namespace gridstride
