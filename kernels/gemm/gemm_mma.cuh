// GEMM on the tensor cores (mma.sync m16n8k16) for bf16 and f16, f32 sums. Grid: x tiles of kM x kN, y splits of the
// depth, z batches. A block keeps kStages tiles of both operands in shared memory, filled by cp.async, all but one of
// them on their way while one is multiplied; a warp's share of a tile is kWarpM x kWarpN, and the fragments of its
// next 16 of the depth are loaded before the products of these 16 are issued. Sums reach memory by way of shared
// memory, in rows. Order::depth and Order::outer operands begin and step at multiples of 16 bytes; Order::neither takes
// any. Any sizes: what lies beyond a matrix is filled with zeros by the copies. Source: the layering is that of Kerr,
// Merrill, Demouth and Tran, "CUTLASS: Fast Linear Algebra in CUDA C++" (2017).
#pragma once

#include "kernels/gemm/epilogue.cuh"
#include "kernels/gemm/operand.cuh"

namespace gridstride {

template <int kTileM, int kTileN, int kTileDepth, int kRing, int kRowsOfWarp, int kColumnsOfWarp, int kResident>
struct MmaShape {
  static constexpr int kM = kTileM, kN = kTileN, kDepth = kTileDepth, kStages = kRing;
  static constexpr int kWarpM = kRowsOfWarp, kWarpN = kColumnsOfWarp;
  static constexpr int kWarpsM = kM / kWarpM, kThreads = kWarpsM * (kN / kWarpN) * kWarpSize;
  static constexpr int kBlocks = kResident;  // on a multiprocessor, as far as registers go
  static constexpr int kStage = (kM + kN) * kDepth;
  // Elements of the ring, where the f32 sums stand in the end.
  static constexpr int kShared = kStages * kStage > 2 * kM* kN ? kStages* kStage : 2 * kM* kN;
  static_assert(kDepth / 16 % 2 == 0);
};
using MmaLarge = MmaShape<128, 128, 32, 4, 64, 64, 2>;
using MmaMedium = MmaShape<128, 64, 32, 4, 64, 32, 3>;
using MmaSmall = MmaShape<64, 64, 64, 3, 32, 32, 3>;

// The fragments of 16 of the depth, and the products with them.
template <class T, class Shape>
struct MmaFragments {
  static constexpr int kRows = Shape::kWarpM / 16, kColumns = Shape::kWarpN / 8;
  using Sums = float[kRows][kColumns][4];
  uint32_t a[kRows][4], b[kColumns / 2][4];

  template <class A, class B>
  __device__ __forceinline__ void load(const A& from_a, const B& from_b, int at, int slice) {
#pragma unroll
    for (int i = 0; i < kRows; ++i) from_a.load(at, i, slice, a[i]);
#pragma unroll
    for (int j = 0; j < kColumns / 2; ++j) from_b.load(at, j, slice, b[j]);
  }
  __device__ __forceinline__ void multiply(Sums& sums) const {
#pragma unroll
    for (int i = 0; i < kRows; ++i)
#pragma unroll
      for (int j = 0; j < kColumns; ++j) {
        const uint32_t right[2] = {b[j / 2][j % 2 * 2], b[j / 2][j % 2 * 2 + 1]};
        mma<T>(sums[i][j], a[i], right);
      }
  }
};

// sums += the warp's share of the tile, over the block's depth. Ends with a barrier that no read of the ring follows,
// and with no copy under way.
template <class T, class Shape, class CopiesA, class CopiesB, class FragmentsA, class FragmentsB>
__device__ __forceinline__ void mma_main_loop(CopiesA& copies_a, CopiesB& copies_b, const FragmentsA& from_a,
                                              const FragmentsB& from_b, int64_t depth,
                                              typename MmaFragments<T, Shape>::Sums& sums) {
  constexpr int kStages = Shape::kStages, kSlices = Shape::kDepth / 16;
  const int steps = static_cast<int>((depth + Shape::kDepth - 1) / Shape::kDepth);
  const int last = static_cast<int>(depth - static_cast<int64_t>(steps - 1) * Shape::kDepth);
  int copied = 0, write = 0, read = 0;  // tiles asked for, and places in the ring
  const auto next = [](int place) { return place == (kStages - 1) * Shape::kStage ? 0 : place + Shape::kStage; };
  const auto copy = [&] {
    if (copied < steps) {
      const int left = copied == steps - 1 ? last : Shape::kDepth;
      copies_a.copy(write, left);
      copies_b.copy(write, left);
    }
    ++copied;
    write = next(write);
    ptx::cp_async_commit();
  };
#pragma unroll
  for (int stage = 0; stage < kStages - 1; ++stage) copy();
  MmaFragments<T, Shape> fragments[2];
  ptx::cp_async_wait<kStages - 2>();
  __syncthreads();
  if (steps > 0) fragments[0].load(from_a, from_b, read, 0);
  for (int step = 0; step < steps; ++step) {
#pragma unroll
    for (int slice = 0; slice < kSlices; ++slice) {
      if (slice + 1 == kSlices) {  // the next tile has arrived, and all have read this one
        ptx::cp_async_wait<kStages - 2>();
        __syncthreads();
        read = next(read);
      }
      if (slice + 1 < kSlices || step + 1 < steps)
        fragments[(slice + 1) % 2].load(from_a, from_b, read, (slice + 1) % kSlices);
      if (slice == 0) copy();  // where the tile before this one was
      fragments[slice % 2].multiply(sums);
    }
  }
}

// Registers of mma.sync to rows in shared memory. Fragments: kernels/common/tile.cuh.
template <class T, class Shape>
__device__ __forceinline__ void stage_sums(const typename MmaFragments<T, Shape>::Sums& sums,
                                           const StagedSums<Shape::kM, Shape::kN>& staged, int row, int column) {
  const int lane = lane_of_thread();
#pragma unroll
  for (int i = 0; i < Shape::kWarpM / 16; ++i)
#pragma unroll
    for (int j = 0; j < Shape::kWarpN / 8; ++j)
#pragma unroll
      for (int half = 0; half < 2; ++half)
        staged.template write<2>(row + i * 16 + half * 8 + lane / 4, column + j * 8 + lane % 4 * 2,
                                 {{sums[i][j][half * 2], sums[i][j][half * 2 + 1]}});
}

template <class T, class Shape, Order kA, Order kB>
__global__ void __launch_bounds__(Shape::kThreads, Shape::kBlocks) gemm_mma(GemmArgs args, GemmLaunch launch) {
  DYN_SHARED(shared);
  T* ring = shared.take<T>(Shape::kShared);
  T* ring_b = ring + Shape::kM * Shape::kDepth;
  const GemmBlock<Shape::kM, Shape::kN> block(args);
  const GemmShare share(args, launch);
  const int warp_row = warp_of_thread() % Shape::kWarpsM * Shape::kWarpM;
  const int warp_column = warp_of_thread() / Shape::kWarpsM * Shape::kWarpN;
  typename MmaFragments<T, Shape>::Sums sums = {};
  {
    OperandCopies<T, Shape::kM, Shape::kDepth, kA, Shape::kThreads> copies_a(
        ring, share.begin_of<T>(args, args.a, block.row()), args.a, args.m - block.row());
    OperandCopies<T, Shape::kN, Shape::kDepth, kB, Shape::kThreads> copies_b(
        ring_b, share.begin_of<T>(args, args.b, block.column()), args.b, args.n - block.column());
    const OperandFragments<T, Shape::kM, Shape::kDepth, kA, true> from_a(ring, warp_row);
    const OperandFragments<T, Shape::kN, Shape::kDepth, kB, false> from_b(ring_b, warp_column);
    mma_main_loop<T, Shape>(copies_a, copies_b, from_a, from_b, share.depth, sums);
  }
  const StagedSums<Shape::kM, Shape::kN> staged(reinterpret_cast<float*>(ring));
  stage_sums<T, Shape>(sums, staged, warp_row, warp_column);
  __syncthreads();
  store_tile<T, Shape::kM, Shape::kN, Shape::kThreads>(args, launch, block, staged);
}

}  // namespace gridstride
