// Tiles of 16-bit elements in shared memory and their products on the tensor cores (mma.sync m16n8k16, f32 sums).
// A tile's rows are kColumns elements (32, 64 or 128) of 16-byte chunks; chunk c of row r stands at c XOR swizzle(r),
// so that the eight rows of an ldmatrix, and the chunks a quarter warp copies, lie in different banks. Fragments, lane
// l (PTX ISA, "Matrix Fragments for mma.m16n8k16"): accumulators 0, 1 are row l / 4, columns 2 (l % 4) and the next;
// accumulators 2, 3 the same of row l / 4 + 8.
#pragma once

#include "kernels/common/device.cuh"

namespace gridstride {

template <class T>
__device__ __forceinline__ void mma(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]);
template <>
__device__ __forceinline__ void mma<BFloat16>(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
  ptx::mma_m16n8k16_bf16(d, a, b);
}
template <>
__device__ __forceinline__ void mma<Float16>(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
  ptx::mma_m16n8k16_f16(d, a, b);
}

// Two values as one register of T, `low` at the lower address.
template <class T>
__device__ __forceinline__ uint32_t pack(float low, float high);
template <>
__device__ __forceinline__ uint32_t pack<BFloat16>(float low, float high) {
  return ptx::pack_bf16x2(low, high);
}
template <>
__device__ __forceinline__ uint32_t pack<Float16>(float low, float high) {
  return ptx::pack_f16x2(low, high);
}

// Two neighbouring 16 x 8 accumulators as the 16 x 16 left operand of the next product.
template <class T>
__device__ __forceinline__ void accumulators_to_a(const float (&left)[4], const float (&right)[4], uint32_t (&a)[4]) {
  a[0] = pack<T>(left[0], left[1]);
  a[1] = pack<T>(left[2], left[3]);
  a[2] = pack<T>(right[0], right[1]);
  a[3] = pack<T>(right[2], right[3]);
}

template <class T, int kRows, int kColumns>
class Tile {
 public:
  static_assert(sizeof(T) == 2 && (kColumns == 32 || kColumns == 64 || kColumns % 128 == 0));
  static constexpr int kWidth = kColumns, kCount = kRows * kColumns;
  static constexpr int kChunk = 8;  // elements that move as one
  static constexpr int kChunks = kColumns / kChunk;

  __device__ __forceinline__ explicit Tile(T* data) : data_(data) {}

  // Where element (row, column) lies; a chunk's elements stay together.
  __device__ __forceinline__ static int at(int row, int column) {
    const int swizzle = kChunks == 4 ? row / 2 % 4 : row % 8;
    return row * kColumns + ((column / kChunk) ^ swizzle) * kChunk + column % kChunk;
  }
  __device__ __forceinline__ T& operator()(int row, int column) const { return data_[at(row, column)]; }

  // Rows [0, rows) and columns [0, columns) of a matrix whose rows lie `stride` elements apart; zeros beyond. All
  // kThreads threads of a block call; the copies join the caller's cp.async group. Rows aligned to 16 bytes.
  template <int kThreads>
  __device__ __forceinline__ void copy_async(const T* source, int64_t stride, int rows, int columns) const {
    constexpr int kCopies = kRows * kChunks / kThreads;
    static_assert(kCopies * kThreads == kRows * kChunks);
#pragma unroll
    for (int i = 0; i < kCopies; ++i) {
      const int chunk = i * kThreads + static_cast<int>(threadIdx.x);
      const int row = chunk / kChunks, column = chunk % kChunks * kChunk;
      const int left = row < rows ? columns - column : 0;
      const int valid = left <= 0 ? 0 : left < kChunk ? left * 2 : kChunk * 2;
      const T* from = valid > 0 ? source + row * stride + column : source;
      ptx::cp_async<16>(ptx::shared_address(data_ + at(row, column)), from, valid);
    }
  }
  // The same for a matrix of any alignment and column stride, element by element; visible after __syncthreads.
  template <int kThreads>
  __device__ __forceinline__ void copy_elements(const T* source, int64_t stride, int64_t column_stride, int rows,
                                                int columns) const {
    constexpr int kCopies = kCount / kThreads;
    static_assert(kCopies * kThreads == kCount);
    for (int i = 0; i < kCopies; ++i) {
      const int element = i * kThreads + static_cast<int>(threadIdx.x);
      const int row = element / kColumns, column = element % kColumns;
      (*this)(row, column) =
          row < rows && column < columns ? source[row * stride + column * column_stride] : narrow<T>(0.0f);
    }
  }

  // Which element's row this lane gives to the ldmatrix of each load below: a loop with its offsets ready adds
  // constants.
  __device__ __forceinline__ static int at_a(int row, int column) {
    const int lane = lane_of_thread();
    return at(row + lane % 16, column + lane / 16 * 8);
  }
  __device__ __forceinline__ static int at_a_transposed(int k, int m) {
    const int lane = lane_of_thread();
    return at(k + lane % 8 + lane / 16 * 8, m + lane / 8 % 2 * 8);
  }
  __device__ __forceinline__ static int at_b_pair(int n, int k) {
    const int lane = lane_of_thread();
    return at(n + lane % 8 + lane / 16 * 8, k + lane / 8 % 2 * 8);
  }
  __device__ __forceinline__ static int at_b_pair_transposed(int k, int n) { return at_a(k, n); }

  // The 16 x 16 left operand at (row, column) of a tile that holds A (m, k).
  __device__ __forceinline__ void load_a(int row, int column, uint32_t (&a)[4]) const {
    ptx::ldmatrix_x4(a, ptx::shared_address(data_ + at_a(row, column)));
  }
  // The same of a tile that holds A transposed (k, m): rows are k.
  __device__ __forceinline__ void load_a_transposed(int k, int m, uint32_t (&a)[4]) const {
    ptx::ldmatrix_x4_trans(a, ptx::shared_address(data_ + at_a_transposed(k, m)));
  }
  // Two neighbouring 16 x 8 right operands, columns n and n + 8 of the product, of a tile that holds B transposed (n,
  // k).
  __device__ __forceinline__ void load_b_pair(int n, int k, uint32_t (&first)[2], uint32_t (&second)[2]) const {
    uint32_t b[4];
    ptx::ldmatrix_x4(b, ptx::shared_address(data_ + at_b_pair(n, k)));
    first[0] = b[0], first[1] = b[1], second[0] = b[2], second[1] = b[3];
  }
  // The same of a tile that holds B (k, n).
  __device__ __forceinline__ void load_b_pair_transposed(int k, int n, uint32_t (&first)[2],
                                                         uint32_t (&second)[2]) const {
    uint32_t b[4];
    ptx::ldmatrix_x4_trans(b, ptx::shared_address(data_ + at_b_pair_transposed(k, n)));
    first[0] = b[0], first[1] = b[1], second[0] = b[2], second[1] = b[3];
  }

 private:
  T* data_;
};

}  // namespace gridstride
