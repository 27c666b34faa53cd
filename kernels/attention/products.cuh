// A warp's matrix products on the tensor cores: 16 kM rows by 8 kN columns of f32 accumulators d[m][n] (fragments:
// tile.cuh).
#pragma once

#include "kernels/common/tile.cuh"

namespace gridstride {

constexpr int kAttentionThreads = 128;  // of the kernels on the tensor cores

// Shared addresses of a warp's fragments in a tile: the lane's own part once, the rest in each load's immediate. Rows
// 16 apart have one swizzle; columns 16 apart differ from the lane's in the upper bits of the 64 that it mixes.
template <int kColumns>
class FragmentAddress {
 public:
  // `row`, `column`: what the lane loads of the fragment at (0, 0) of the tile.
  template <class T, int kRows>
  __device__ __forceinline__ FragmentAddress(const Tile<T, kRows, kColumns>& tile, int row, int column)
      : first_(ptx::shared_address(&tile(row, column))) {}
  // The fragment at (row, column), multiples of 16.
  __device__ __forceinline__ uint32_t at(int row, int column) const {
    return (first_ ^ static_cast<uint32_t>(column % 64 * 2)) +
           static_cast<uint32_t>(row * kColumns * 2 + column / 64 * 128);
  }

 private:
  uint32_t first_;
};

// 16 kM rows of a tile from `row` on as left operand: the first kKept of its steps of 16 columns stay in registers, the
// others, where they are too many, are read again at each use.
template <class T, int kM, int kRows, int kColumns, int kKept>
class LeftOperand {
 public:
  static constexpr bool kKeepsAny = kKept > 0;

  __device__ __forceinline__ LeftOperand(const Tile<T, kRows, kColumns>& tile, int row)
      : address_(tile, row + lane_of_thread() % 16, lane_of_thread() / 16 * 8) {}

  // Once the tile is there.
  __device__ __forceinline__ void load() {
#pragma unroll
    for (int m = 0; m < kM; ++m)
#pragma unroll
      for (int k = 0; k < kKept; ++k) ptx::ldmatrix_x4(kept_[m][k], address_.at(16 * m, 16 * k));
  }
  // Rows [16 m, 16 m + 16), columns [16 k, 16 k + 16).
  __device__ __forceinline__ void get(int m, int k, uint32_t (&a)[4]) const {
    if (k < kKept) {
#pragma unroll
      for (int i = 0; i < 4; ++i) a[i] = kept_[m][k][i];
    } else {
      ptx::ldmatrix_x4(a, address_.at(16 * m, 16 * k));
    }
  }

 private:
  FragmentAddress<kColumns> address_;
  uint32_t kept_[kM][kKept > 0 ? kKept : 1][4];
};

// Tiles of kRows rows of a matrix in device memory, copied by all kThreads threads of a block in
// vectors of 16 bytes: rows aligned to 16 bytes, `columns` a multiple of 8. Zeros past both.
template <class T, int kRows, int kColumns, int kThreads>
class TileSource {
 public:
  using Target = Tile<T, kRows, kColumns>;

  __device__ __forceinline__ TileSource(const T* rows, int64_t stride, int columns)
      : from_(rows + first_row() * stride + column()),
        step_(kStep * stride),
        bytes_(column() < columns ? 16 : 0),
        offset_(Target::at(first_row(), column())) {}

  // Rows [row, row + kRows) of the matrix's `count`; the copies join the caller's cp.async group.
  __device__ __forceinline__ void copy_async(const Target& tile, int row, int count) const {
    const int left = count - row - first_row();
    const uint32_t target = ptx::shared_address(&tile(0, 0) + offset_);
    const T* from = from_ + row * (step_ / kStep);
#pragma unroll
    for (int i = 0; i < kRows / kStep; ++i, from += step_)
      ptx::cp_async<16>(target + static_cast<uint32_t>(i * kStep * kColumns * 2), from, i * kStep < left ? bytes_ : 0);
  }

 private:
  static constexpr int kChunks = kColumns / 8, kStep = kThreads / kChunks;
  static_assert(kRows % kStep == 0 && kStep % 8 == 0);
  __device__ __forceinline__ static int first_row() { return static_cast<int>(threadIdx.x) / kChunks; }
  __device__ __forceinline__ static int column() { return static_cast<int>(threadIdx.x) % kChunks * 8; }

  const T* from_;
  int64_t step_;
  int bytes_, offset_;
};

// Columns 8 n to 8 n + 15 of d, with both right operands of them.
template <class T, int kM, int kN>
__device__ __forceinline__ void multiply_pair(float (&d)[kM][kN][4], int n, const uint32_t (&a)[kM][4],
                                              const uint32_t (&pair)[4]) {
  const uint32_t first[2] = {pair[0], pair[1]}, second[2] = {pair[2], pair[3]};
#pragma unroll
  for (int m = 0; m < kM; ++m) {
    mma<T>(d[m][n], a[m], first);
    mma<T>(d[m][n + 1], a[m], second);
  }
}

// d += left right^T, with the rows of `right` from `first` on.
template <class T, int kM, int kN, class Left, int kRows, int kColumns>
__device__ __forceinline__ void multiply_transposed(float (&d)[kM][kN][4], const Left& left,
                                                    const Tile<T, kRows, kColumns>& right, int first) {
  const int lane = lane_of_thread();
  const FragmentAddress<kColumns> address(right, first + lane % 8 + lane / 16 * 8, lane / 8 % 2 * 8);
#pragma unroll
  for (int k = 0; k < kColumns / 16; ++k) {
    uint32_t a[kM][4];
#pragma unroll
    for (int m = 0; m < kM; ++m) left.get(m, k, a[m]);
#pragma unroll
    for (int n = 0; n < kN; n += 2) {
      uint32_t pair[4];
      ptx::ldmatrix_x4(pair, address.at(8 * n, 16 * k));
      multiply_pair<T>(d, n, a, pair);
    }
  }
}

// d += left right, with accumulators rounded to T as left operand and the rows of `right` from `first` on.
template <class T, int kM, int kN, int kK, int kRows, int kColumns>
__device__ __forceinline__ void multiply(float (&d)[kM][kN][4], const float (&left)[kM][kK][4],
                                         const Tile<T, kRows, kColumns>& right, int first) {
  static_assert(8 * kN == kColumns);
  const int lane = lane_of_thread();
  const FragmentAddress<kColumns> address(right, first + lane % 16, lane / 16 * 8);
#pragma unroll
  for (int k = 0; k < kK; k += 2) {
    uint32_t a[kM][4];
#pragma unroll
    for (int m = 0; m < kM; ++m) accumulators_to_a<T>(left[m][k], left[m][k + 1], a[m]);
#pragma unroll
    for (int n = 0; n < kN; n += 2) {
      uint32_t pair[4];
      ptx::ldmatrix_x4_trans(pair, address.at(8 * k, 8 * n));
      multiply_pair<T>(d, n, a, pair);
    }
  }
}

// Accumulators times `factor`, as T, to rows [row, row + 16 kM) of a tile that only this warp uses.
template <class T, int kM, int kN, int kRows, int kColumns, class Factor>
__device__ __forceinline__ void put_accumulators(const Tile<T, kRows, kColumns>& tile, int row,
                                                 const float (&d)[kM][kN][4], Factor&& factor) {
  const int lane = lane_of_thread();
#pragma unroll
  for (int m = 0; m < kM; ++m)
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const float f = factor(m, half);
      const int at_row = row + 16 * m + 8 * half + lane / 4;
#pragma unroll
      for (int n = 0; n < kN; ++n)
        store_vector<uint32_t, 1>(reinterpret_cast<uint32_t*>(&tile(at_row, 8 * n + 2 * (lane % 4))),
                                  {pack<T>(d[m][n][2 * half] * f, d[m][n][2 * half + 1] * f)});
    }
}

// A warp's rows [row, row + count) of a tile to rows `stride` elements apart, in vectors; `left` rows and `columns`
// columns there are. The warp's own values are there to see after __syncwarp.
template <class T, int kCount, int kRows, int kColumns>
__device__ __forceinline__ void store_rows(const Tile<T, kRows, kColumns>& tile, int row, T* to, int64_t stride,
                                           int left, int columns) {
  constexpr int kChunks = kColumns / 8;
#pragma unroll
  for (int i = 0; i < kCount * kChunks / kWarpSize; ++i) {
    const int chunk = i * kWarpSize + lane_of_thread();
    const int r = chunk / kChunks, column = chunk % kChunks * 8;
    if (r < left && column < columns)
      store_vector<T, 8>(to + r * stride + column, load_vector<T, 8>(&tile(row + r, column)));
  }
}

}  // namespace gridstride
