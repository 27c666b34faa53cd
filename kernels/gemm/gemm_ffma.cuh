// GEMM in f32 with f32 sums, each over k in order. Grid as gemm_mma: x tiles of kM x kN, y splits of the depth, z
// batches. Both operands stand in shared memory with the outer index contiguous, in a ring of kStages tiles filled by
// cp.async of 4 bytes, so any strides and any alignment are the one path; Order only says along which index
// neighbouring lanes copy. A thread sums 8 rows and kN / 8 or kN / 16 columns in groups of four: a warp's four by eight
// lanes read A's groups of 16 bytes as broadcasts, and B's as one row. Sums reach memory by way of shared memory.
#pragma once

#include "kernels/gemm/epilogue.cuh"
#include "kernels/gemm/operand.cuh"

namespace gridstride {

template <int kTileM, int kTileN, int kTileDepth, int kRing, int kGroups, int kResident>
struct FfmaShape {
  static constexpr int kM = kTileM, kN = kTileN, kDepth = kTileDepth, kStages = kRing;
  static constexpr int kGroupsN = kGroups;  // of four columns
  static constexpr int kWarpM = 32, kWarpN = 32 * kGroups, kWarpsM = kM / kWarpM;
  static constexpr int kThreads = kWarpsM * (kN / kWarpN) * kWarpSize, kBlocks = kResident;
  static constexpr int kPitchA = kM + 4, kPitchB = kN + 4;  // lanes that copy along the depth use different banks
  static constexpr int kStage = (kPitchA + kPitchB) * kDepth;
  static constexpr int kShared = kStages * kStage > kM* kN ? kStages* kStage : kM* kN;
};
using FfmaLarge = FfmaShape<128, 128, 8, 4, 2, 2>;
using FfmaSmall = FfmaShape<64, 64, 16, 3, 1, 4>;

template <int kOuter, int kPitch, int kDepth, Order kOrder, int kThreads>
class FfmaCopies {
  static constexpr bool kAlongDepth = kOrder != Order::outer;
  static constexpr int kStep = kThreads / (kAlongDepth ? kDepth : kOuter);
  static constexpr int kCopies = kOuter * kDepth / kThreads;

 public:
  __device__ __forceinline__ FfmaCopies(float* ring, const float* first, const GemmOperand& x, int64_t outer) : x_(x) {
    const int thread = static_cast<int>(threadIdx.x), at = kAlongDepth ? thread / kDepth : thread % kOuter;
    depth_ = kAlongDepth ? thread % kDepth : thread / kOuter;
    room_ = (outer < kOuter ? static_cast<int>(outer) : kOuter) - at;
    source_ = first + at * x.outer_stride + depth_ * x.depth_stride;
    target_ = ptx::shared_address(ring + depth_ * kPitch + at);
  }
  // As OperandCopies::copy.
  __device__ __forceinline__ void copy(int at, int depth) {
    const uint32_t target = target_ + static_cast<uint32_t>(at) * sizeof(float);
    const int64_t step = kStep * (kAlongDepth ? x_.outer_stride : x_.depth_stride);
#pragma unroll
    for (int i = 0; i < kCopies; ++i) {
      const bool exists = kAlongDepth ? i * kStep < room_ && depth_ < depth : room_ > 0 && depth_ + i * kStep < depth;
      ptx::cp_async<4>(target + static_cast<uint32_t>(i * kStep * (kAlongDepth ? 1 : kPitch)) * sizeof(float),
                       source_ + i * step, exists ? 4 : 0);
    }
    source_ += kDepth * x_.depth_stride;
  }

 private:
  const GemmOperand& x_;
  const float* source_;
  uint32_t target_;
  int room_, depth_;  // outer indices from the thread's first on, its first index of the depth
};

// sums += the thread's share of one tile.
template <class Shape>
__device__ __forceinline__ void ffma_tile(const float* a, const float* b, float (&sums)[8][Shape::kGroupsN * 4]) {
#pragma unroll 2  // more would spill
  for (int k = 0; k < Shape::kDepth; ++k) {
    float left[8], right[Shape::kGroupsN * 4];
#pragma unroll
    for (int g = 0; g < 2; ++g) {
      const auto group = load_vector<float, 4>(a + k * Shape::kPitchA + g * 16);
#pragma unroll
      for (int j = 0; j < 4; ++j) left[g * 4 + j] = group.element[j];
    }
#pragma unroll
    for (int g = 0; g < Shape::kGroupsN; ++g) {
      const auto group = load_vector<float, 4>(b + k * Shape::kPitchB + g * 32);
#pragma unroll
      for (int j = 0; j < 4; ++j) right[g * 4 + j] = group.element[j];
    }
#pragma unroll
    for (int i = 0; i < 8; ++i)
#pragma unroll
      for (int j = 0; j < Shape::kGroupsN * 4; ++j) sums[i][j] = fmaf(left[i], right[j], sums[i][j]);
  }
}

// `a` and `b`: the thread's first group in the ring's first tile.
template <class Shape, class CopiesA, class CopiesB>
__device__ __forceinline__ void ffma_main_loop(CopiesA& copies_a, CopiesB& copies_b, const float* a, const float* b,
                                               int64_t depth, float (&sums)[8][Shape::kGroupsN * 4]) {
  constexpr int kStages = Shape::kStages;
  const int steps = static_cast<int>((depth + Shape::kDepth - 1) / Shape::kDepth);
  const int last = static_cast<int>(depth - static_cast<int64_t>(steps - 1) * Shape::kDepth);
  int copied = 0, write = 0, read = 0;
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
#pragma unroll 1
  for (int stage = 0; stage < kStages - 1; ++stage) copy();
#pragma unroll 1
  for (int step = 0; step < steps; ++step) {
    ptx::cp_async_wait<kStages - 2>();
    __syncthreads();  // this tile has arrived, and all have read the one before
    copy();
    ffma_tile<Shape>(a + read, b + read, sums);
    read = next(read);
  }
}

template <class Shape, Order kA, Order kB>
__global__ void __launch_bounds__(Shape::kThreads, Shape::kBlocks) gemm_ffma(GemmArgs args, GemmLaunch launch) {
  DYN_SHARED(shared);
  float* ring = shared.take<float>(Shape::kShared);
  float* ring_b = ring + Shape::kPitchA * Shape::kDepth;
  const GemmBlock<Shape::kM, Shape::kN> block(args);
  const GemmShare share(args, launch);
  const int lane = lane_of_thread();
  const int row = warp_of_thread() % Shape::kWarpsM * Shape::kWarpM + lane / 8 * 4;
  const int column = warp_of_thread() / Shape::kWarpsM * Shape::kWarpN + lane % 8 * 4;
  FfmaCopies<Shape::kM, Shape::kPitchA, Shape::kDepth, kA, Shape::kThreads> copies_a(
      ring, share.begin_of<float>(args, args.a, block.row()), args.a, args.m - block.row());
  FfmaCopies<Shape::kN, Shape::kPitchB, Shape::kDepth, kB, Shape::kThreads> copies_b(
      ring_b, share.begin_of<float>(args, args.b, block.column()), args.b, args.n - block.column());
  float sums[8][Shape::kGroupsN * 4] = {};
  ffma_main_loop<Shape>(copies_a, copies_b, ring + row, ring_b + column, share.depth, sums);
  ptx::cp_async_wait<0>();
  __syncthreads();  // the ring has been read
  const StagedSums<Shape::kM, Shape::kN> staged(ring);
#pragma unroll
  for (int i = 0; i < 8; ++i)
#pragma unroll
    for (int g = 0; g < Shape::kGroupsN; ++g)
      staged.template write<4>(row + i / 4 * 16 + i % 4, column + g * 32,
                               {{sums[i][g * 4], sums[i][g * 4 + 1], sums[i][g * 4 + 2], sums[i][g * 4 + 3]}});
  __syncthreads();
  store_tile<float, Shape::kM, Shape::kN, Shape::kThreads>(args, launch, block, staged);
}

}  // namespace gridstride
