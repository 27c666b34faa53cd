// One operand of a product on the tensor cores: a ring of tiles in shared memory, kOuter outer indices by kDepth of the
// depth each, filled by cp.async and read by ldmatrix. A tile keeps the order of the matrix it comes from, so that
// either order is copied 16 bytes at a time and read without bank conflicts; ldmatrix transposes where needed.
#pragma once

#include <type_traits>

#include "kernels/common/tile.cuh"
#include "kernels/gemm/gemm_args.cuh"

namespace gridstride {

// Which index of the matrix in memory is contiguous, and copied by 16 bytes; neither: copied element by element.
enum class Order { depth, outer, neither };

template <class T, int kOuter, int kDepth, Order kOrder>
using OperandTile = std::conditional_t<kOrder == Order::outer, Tile<T, kDepth, kOuter>, Tile<T, kOuter, kDepth>>;

// Copies tile after tile. `outer`: how many outer indices there are from the tile's first.
template <class T, int kOuter, int kDepth, Order kOrder, int kThreads>
class OperandCopies {
  using Target = OperandTile<T, kOuter, kDepth, kOrder>;
  static constexpr bool kOuterIsColumn = kOrder == Order::outer;
  static constexpr int kRows = kOuterIsColumn ? kDepth : kOuter;
  static constexpr int kStep = kThreads / Target::kChunks;  // rows that the block copies at once
  static constexpr int kCopies = kRows / kStep;
  static_assert(kStep % 8 == 0 && kCopies * kStep == kRows);  // a thread's copies are swizzled alike

 public:
  __device__ __forceinline__ OperandCopies(T* ring, const T* first, const GemmOperand& x, int64_t outer) {
    row_ = static_cast<int>(threadIdx.x) / Target::kChunks;
    column_ = static_cast<int>(threadIdx.x) % Target::kChunks * Target::kChunk;
    outer_ = outer < kOuter ? static_cast<int>(outer) : kOuter;
    const int64_t stride = kOuterIsColumn ? x.depth_stride : x.outer_stride;
    target_ = ptx::shared_address(ring + Target::at(row_, column_));
    source_ = first + row_ * stride + column_;
    step_ = kStep * stride;
  }

  // The next tile, of whose depth `depth` exist, to `at` elements from the ring's beginning.
  __device__ __forceinline__ void copy(int at, int depth) {
    const uint32_t target = target_ + static_cast<uint32_t>(at) * sizeof(T);
    if (depth == kDepth && (!kOuterIsColumn || outer_ - column_ >= Target::kChunk || outer_ <= column_)) {
#pragma unroll
      for (int i = 0; i < kCopies; ++i)
        ptx::cp_async_if((kOuterIsColumn ? column_ : row_ + i * kStep) < outer_, target + offset(i),
                         source_ + i * step_);
    } else {
      const int rows = kOuterIsColumn ? depth : outer_;
      const int left = (kOuterIsColumn ? outer_ : depth) - column_;
      const int bytes = left <= 0 ? 0 : left < Target::kChunk ? left * static_cast<int>(sizeof(T)) : 16;
#pragma unroll 1  // rare: kept out of the way of the others
      for (int i = 0; i < kCopies; ++i)
        ptx::cp_async<16>(target + offset(i), source_ + i * step_, row_ + i * kStep < rows ? bytes : 0);
    }
    source_ += kOuterIsColumn ? kDepth / kStep * step_ : kDepth;
  }

 private:
  __device__ __forceinline__ static constexpr uint32_t offset(int i) {
    return static_cast<uint32_t>(i * kStep * Target::kWidth * static_cast<int>(sizeof(T)));
  }

  const T* source_;
  int64_t step_;
  uint32_t target_;
  int row_, column_, outer_;
};

// The same for any strides and alignment: plain loads and stores, visible after the next __syncthreads.
template <class T, int kOuter, int kDepth, int kThreads>
class OperandCopies<T, kOuter, kDepth, Order::neither, kThreads> {
  using Target = Tile<T, kOuter, kDepth>;

 public:
  __device__ __forceinline__ OperandCopies(T* ring, const T* first, const GemmOperand& x, int64_t outer)
      : ring_(ring), source_(first), outer_stride_(x.outer_stride), depth_stride_(x.depth_stride) {
    outer_ = outer < kOuter ? static_cast<int>(outer) : kOuter;
  }

  __device__ __forceinline__ void copy(int at, int depth) {
    const Target target(ring_ + at);
    const bool along_depth = depth_stride_ == 1;  // neighbouring lanes read neighbouring elements
#pragma unroll 4
    for (int i = static_cast<int>(threadIdx.x); i < kOuter * kDepth; i += kThreads) {
      const int o = along_depth ? i / kDepth : i % kOuter, d = along_depth ? i % kDepth : i / kOuter;
      target(o, d) = o < outer_ && d < depth ? source_[o * outer_stride_ + d * depth_stride_] : narrow<T>(0.0f);
    }
    source_ += kDepth * depth_stride_;
  }

 private:
  T* ring_;
  const T* source_;
  int64_t outer_stride_, depth_stride_;
  int outer_;
};

// Loads 16 outer indices by 16 of the depth into the registers of mma.sync: A's four, or those of two neighbouring B.
template <class T, int kOuter, int kDepth, Order kOrder, bool kIsA>
class OperandFragments {
  using Source = OperandTile<T, kOuter, kDepth, kOrder>;
  static constexpr bool kTransposed = kOrder == Order::outer;

 public:
  // Of a warp whose share begins at `outer`.
  __device__ __forceinline__ OperandFragments(const T* ring, int outer) {
    int at = 0;
    if constexpr (kTransposed && kIsA) at = Source::at_a_transposed(0, outer);
    if constexpr (kTransposed && !kIsA) at = Source::at_b_pair_transposed(0, outer);
    if constexpr (!kTransposed && kIsA) at = Source::at_a(outer, 0);
    if constexpr (!kTransposed && !kIsA) at = Source::at_b_pair(outer, 0);
    first_ = ptx::shared_address(ring + at);
  }

  // Of the tile `at` elements from the ring's beginning: outer indices 16 * step and on, depth 16 * slice and on. A
  // step along a swizzled row of the tile is an XOR, one from row to row an addition.
  __device__ __forceinline__ void load(int at, int step, int slice, uint32_t (&r)[4]) const {
    constexpr int kStep = 16 * static_cast<int>(sizeof(T));
    const uint32_t row =
        (first_ + static_cast<uint32_t>(at) * sizeof(T)) ^ static_cast<uint32_t>((kTransposed ? step : slice) * kStep);
    const uint32_t address = row + static_cast<uint32_t>((kTransposed ? slice : step) * kStep * Source::kWidth);
    if constexpr (kTransposed)
      ptx::ldmatrix_x4_trans(r, address);
    else
      ptx::ldmatrix_x4(r, address);
  }

 private:
  uint32_t first_;
};

}  // namespace gridstride
