// Linear layer on 8-bit integers (formulas, layout of the weights: linear_int8.h). Three kernels:
//   linear_int8_quantize_weights  a warp per channel, padding ones too; reads the channel twice.
//   linear_int8_quantize_rows     a warp per row, four values of a lane at a time: in one access where rows begin and
//   step at
//                                 16 bytes and hold a multiple of four, else element by element. Reads the row twice
//                                 (the second time from L1); writes it as integers, padded with zeros to kInt8Depth.
//   linear_int8_mma               mma.sync m16n8k32, signed by unsigned bytes, i32 sums. A block of four warps makes a
//                                 64 x 64 tile, 32 x 32 a warp; tiles of 64 of the depth wait in a ring of kStages,
//                                 filled by cp.async. Weights are packed in the order of the fragments: a lane's four
//                                 bytes are a word, and rows of the words of 64 channels lie 72 apart, so that a warp's
//                                 32 words lie in 32 banks.
#pragma once

#include "kernels/gemm/epilogue.cuh"
#include "kernels/gemm/linear_int8.h"
#include "kernels/gemm/operand.cuh"

namespace gridstride {

constexpr int kInt8Warps = 4;  // rows or channels per block

// What an integer stands for, and its inverse; both 0 for a row of zeros, NaN and 0 for one that is not finite.
struct Int8Scale {
  float scale, inverse;
  __device__ __forceinline__ explicit Int8Scale(float largest) : scale(0.0f), inverse(0.0f) {
    if (!(largest <= 3.402823466e38f)) {
      scale = __builtin_nanf("");
    } else if (largest >= kInt8Least) {
      scale = largest / kInt8Largest;
      inverse = kInt8Largest / largest;
    }
  }
  __device__ __forceinline__ int integer(float x) const {
    if (inverse == 0.0f) return 0;
    const float limit = kInt8Largest;
    return static_cast<int>(rintf(fminf(fmaxf(x * inverse, -limit), limit)));
  }
};

// |x|, of NaN infinity: which of the two a row holds makes no difference.
__device__ __forceinline__ float int8_magnitude(float x) {
  const float magnitude = fabsf(x);
  return magnitude <= 3.402823466e38f ? magnitude : __builtin_huge_valf();
}

// Four values from `column` on, zeros past the row.
template <class T, bool kVectors>
__device__ __forceinline__ void load_group(const T* row, int64_t column, int64_t count, float (&x)[kInt8Group]) {
  if constexpr (kVectors) {
    const auto vector = load_vector<T, kInt8Group>(row + column);
#pragma unroll
    for (int j = 0; j < kInt8Group; ++j) x[j] = widen(vector.element[j]);
  } else {
#pragma unroll
    for (int j = 0; j < kInt8Group; ++j) x[j] = column + j < count ? widen(row[column + j]) : 0.0f;
  }
}

// The largest magnitude of a warp's row.
template <class T, bool kVectors>
__device__ __forceinline__ float largest_of_row(const T* row, int64_t count) {
  float largest = 0.0f;
  for (int64_t column = lane_of_thread() * kInt8Group; column < count; column += kWarpSize * kInt8Group) {
    float x[kInt8Group];
    load_group<T, kVectors>(row, column, count, x);
#pragma unroll
    for (int j = 0; j < kInt8Group; ++j) largest = fmaxf(largest, int8_magnitude(x[j]));
  }
  return warp_reduce<Max>(largest);
}

template <class T>
__global__ void __launch_bounds__(kInt8Warps* kWarpSize, 8) linear_int8_quantize_weights(LinearInt8QuantizeArgs args) {
  const int64_t channel = static_cast<int64_t>(blockIdx.x) * kInt8Warps + warp_of_thread();
  const bool exists = channel < args.n;
  const T* row = static_cast<const T*>(args.w) + (exists ? channel * args.k : 0);
  const Int8Scale rule(exists ? largest_of_row<T, false>(row, args.k) : 0.0f);
  if (lane_of_thread() == 0) static_cast<float*>(args.scales)[channel] = rule.scale;
  auto* block = static_cast<uint8_t*>(args.packed) + channel / kInt8Columns * int8_block_bytes(args.k);
  const int64_t groups = int8_depth(args.k) / kInt8Group;
  for (int64_t group = lane_of_thread(); group < groups; group += kWarpSize) {
    float x[kInt8Group];
    load_group<T, false>(row, group * kInt8Group, exists ? args.k : 0, x);
    Vector<uint8_t, kInt8Group> bytes;
#pragma unroll
    for (int j = 0; j < kInt8Group; ++j) bytes.element[j] = static_cast<uint8_t>(rule.integer(x[j]) + kInt8Zero);
    store_vector<uint8_t, kInt8Group>(block + int8_at(channel % kInt8Columns, group * kInt8Group), bytes);
  }
}

// Rows of integers, what they stand for and what is to be taken off their sums.
struct Int8Rows {
  int8_t* integers;  // (m, int8_depth(k))
  float* scales;     // (m)
  int32_t* offsets;  // (m)
};

template <class T, bool kVectors>
__global__ void __launch_bounds__(kInt8Warps* kWarpSize, 8)
    linear_int8_quantize_rows(LinearInt8ForwardArgs args, Int8Rows rows) {
  const int64_t i = static_cast<int64_t>(blockIdx.x) * kInt8Warps + warp_of_thread();
  if (i >= args.m) return;
  const T* row = static_cast<const T*>(args.x) + i * args.x_stride;
  const Int8Scale rule(largest_of_row<T, kVectors>(row, args.k));
  const int64_t depth = int8_depth(args.k);
  int sum = 0;
  for (int64_t column = lane_of_thread() * kInt8Group; column < depth; column += kWarpSize * kInt8Group) {
    float x[kInt8Group] = {};
    if (column < args.k) load_group<T, kVectors>(row, column, args.k, x);
    Vector<int8_t, kInt8Group> bytes;
#pragma unroll
    for (int j = 0; j < kInt8Group; ++j) {
      const int integer = rule.integer(x[j]);
      bytes.element[j] = static_cast<int8_t>(integer);
      sum += integer;
    }
    store_vector<int8_t, kInt8Group>(rows.integers + i * depth + column, bytes);
  }
#pragma unroll
  for (int distance = kWarpSize / 2; distance > 0; distance /= 2) sum += __shfl_xor_sync(kAllLanes, sum, distance);
  if (lane_of_thread() != 0) return;
  rows.scales[i] = rule.scale;
  rows.offsets[i] = kInt8Zero * sum;
}

// A 64 x 64 tile. Depths in pairs of bytes, which copies and ldmatrix take for 16-bit elements.
struct Int8Tile {
  static constexpr int kM = 64, kN = 64, kPairs = kInt8Depth / 2, kStages = 4, kThreads = 128;
  static constexpr int kGroups = kInt8Depth / kInt8Group;                    // of the depth
  static constexpr int kWordRow = kN + 8;                                    // words between groups
  static constexpr int kStageA = kM * kPairs, kStageB = kGroups * kWordRow;  // pairs, words
  static constexpr int kFragments = 4;                                       // of 8 columns, of a warp
  static_assert(kStages * kStageA * 2 >= kM * kN * 4);                       // sums stand in the ring in the end
};

// Weights of 64 channels, tile after tile of the depth, to shared memory.
class Int8WeightCopies {
  static constexpr int kQuarters = 4;  // of 16 bytes of a block's group
  static constexpr int kCopies = Int8Tile::kGroups * (Int8Tile::kN / kInt8Columns) * kQuarters / Int8Tile::kThreads;

 public:
  __device__ __forceinline__ Int8WeightCopies(uint32_t* ring, const LinearInt8ForwardArgs& args, int64_t column)
      : source_(static_cast<const uint8_t*>(args.w)),
        ring_(ring),
        first_(column / kInt8Columns),
        blocks_(int8_blocks(args.n)),
        block_bytes_(int8_block_bytes(args.k)) {}

  __device__ __forceinline__ void copy(int stage, int64_t depth) const {
#pragma unroll
    for (int i = 0; i < kCopies; ++i) {
      const int chunk = i * Int8Tile::kThreads + static_cast<int>(threadIdx.x);
      const int quarter = chunk % kQuarters, group = chunk / kQuarters % Int8Tile::kGroups;
      const int block = chunk / kQuarters / Int8Tile::kGroups;
      const uint32_t* target =
          ring_ + stage * Int8Tile::kStageB + group * Int8Tile::kWordRow + block * kInt8Columns + quarter * 4;
      const bool exists = first_ + block < blocks_;
      const uint8_t* from = source_ + (exists ? (first_ + block) * block_bytes_ : 0) + int8_at(0, depth) +
                            group * kInt8Columns * kInt8Group + quarter * 16;
      ptx::cp_async_if(exists, ptx::shared_address(target), from);
    }
  }

 private:
  const uint8_t* source_;
  uint32_t* ring_;
  int64_t first_, blocks_, block_bytes_;
};

using Int8Sums = int32_t[2][Int8Tile::kFragments][4];

// The products of one tile of the depth.
template <class FragmentsA>
__device__ __forceinline__ void multiply_int8_tile(const FragmentsA& from_a, int at, const uint32_t* words,
                                                   Int8Sums& sums) {
  const int group = lane_of_thread() / 4, member = lane_of_thread() % 4;
#pragma unroll
  for (int slice = 0; slice < kInt8Depth / 32; ++slice) {
    uint32_t a[2][4];
#pragma unroll
    for (int i = 0; i < 2; ++i) from_a.load(at, i, slice, a[i]);
#pragma unroll
    for (int j = 0; j < Int8Tile::kFragments; ++j) {
      const uint32_t* word = words + (slice * 8 + member) * Int8Tile::kWordRow + j * 8 + group;
      const uint32_t b[2] = {word[0], word[4 * Int8Tile::kWordRow]};
#pragma unroll
      for (int i = 0; i < 2; ++i) ptx::mma_m16n8k32_s8_u8(sums[i][j], a[i], b);
    }
  }
}

// Integer sums as floats, in rows in shared memory.
__device__ __forceinline__ void stage_int8_sums(const LinearInt8ForwardArgs& args, const Int8Rows& rows,
                                                const Int8Sums& sums, int64_t row, int64_t column, int tile_row,
                                                int tile_column, const StagedSums<Int8Tile::kM, Int8Tile::kN>& staged) {
  const auto* scales = static_cast<const float*>(args.scales);
  const int lane = lane_of_thread();
#pragma unroll
  for (int i = 0; i < 2; ++i)
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const int r = tile_row + i * 16 + half * 8 + lane / 4;
      const bool exists = row + r < args.m;
      const float scale = exists ? rows.scales[row + r] : 0.0f;
      const int32_t offset = exists ? rows.offsets[row + r] : 0;
#pragma unroll
      for (int j = 0; j < Int8Tile::kFragments; ++j) {
        const int c = tile_column + j * 8 + lane % 4 * 2;
        Vector<float, 2> values;
#pragma unroll
        for (int e = 0; e < 2; ++e) {
          const float factor = column + c + e < args.n ? scales[column + c + e] * scale : 0.0f;
          values.element[e] = static_cast<float>(sums[i][j][half * 2 + e] - offset) * factor;
        }
        staged.template write<2>(r, c, values);
      }
    }
}

template <class T>
__global__ void __launch_bounds__(Int8Tile::kThreads, 4)
    linear_int8_mma(LinearInt8ForwardArgs args, Int8Rows rows, GemmArgs to, GemmLaunch launch) {
  constexpr int kStages = Int8Tile::kStages;
  DYN_SHARED(shared);
  auto* ring_a = shared.take<BFloat16>(kStages * Int8Tile::kStageA);  // pairs of bytes
  auto* ring_b = shared.take<uint32_t>(kStages * Int8Tile::kStageB);
  const GemmBlock<Int8Tile::kM, Int8Tile::kN> block(to);
  const int warp_row = warp_of_thread() % 2 * 32, warp_column = warp_of_thread() / 2 * 32;
  const int64_t depth = int8_depth(args.k);
  const int steps = static_cast<int>(depth / kInt8Depth);
  OperandCopies<BFloat16, Int8Tile::kM, Int8Tile::kPairs, Order::depth, Int8Tile::kThreads> copies_a(
      ring_a, reinterpret_cast<const BFloat16*>(rows.integers + block.row() * depth), to.a, args.m - block.row());
  const Int8WeightCopies copies_b(ring_b, args, block.column());
  const OperandFragments<BFloat16, Int8Tile::kM, Int8Tile::kPairs, Order::depth, true> from_a(ring_a, warp_row);
  Int8Sums sums = {};
  const auto copy = [&](int step) {
    if (step < steps) {
      copies_a.copy(step % kStages * Int8Tile::kStageA, Int8Tile::kPairs);
      copies_b.copy(step % kStages, static_cast<int64_t>(step) * kInt8Depth);
    }
    ptx::cp_async_commit();
  };
#pragma unroll
  for (int stage = 0; stage < kStages - 1; ++stage) copy(stage);
#pragma unroll 1
  for (int step = 0; step < steps; ++step) {
    ptx::cp_async_wait<kStages - 2>();
    __syncthreads();  // this tile has arrived, and all have read the one whose place the next takes
    copy(step + kStages - 1);
    const int place = step % kStages;
    multiply_int8_tile(from_a, place * Int8Tile::kStageA, ring_b + place * Int8Tile::kStageB + warp_column, sums);
  }
  ptx::cp_async_wait<0>();
  __syncthreads();
  const StagedSums<Int8Tile::kM, Int8Tile::kN> staged(reinterpret_cast<float*>(ring_a));  // all tiles have been read
  stage_int8_sums(args, rows, sums, block.row(), block.column(), warp_row, warp_column, staged);
  __syncthreads();
  store_tile<T, Int8Tile::kM, Int8Tile::kN, Int8Tile::kThreads>(to, launch, block, staged);
}

}  // namespace gridstride
