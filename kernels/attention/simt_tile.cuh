// Tiles and products of attention in f32 FFMA, for f32 and for heads that the tensor-core kernels do not take: any
// dtype, head size, stride and alignment. 128 threads hold a 64 x (16 kN) matrix: thread (y = t / 16, x = t % 16) has
// rows y, y + 8, y + 16 ..., so that a row lies in one half of a warp.
#pragma once

#include "kernels/attention/scores.cuh"

namespace gridstride {

constexpr int kSimtThreads = 128;
constexpr int kSimtRows = 64;   // of a tile, queries or keys
constexpr int kSimtDepth = 32;  // of what is staged at once
// Floats between rows in shared memory: 16-byte aligned, eight rows in different banks.
constexpr int kSimtPitch = kSimtDepth + 4;
constexpr int kSimtTilePitch = kSimtRows + 4;

__device__ __forceinline__ int simt_x() { return static_cast<int>(threadIdx.x) % 16; }
__device__ __forceinline__ int simt_y() { return static_cast<int>(threadIdx.x) / 16; }

// Rows of a matrix of a floating dtype in device memory.
struct SimtRows {
  const void* data;
  int64_t begin, stride, count, columns;  // element of the first row; rows and columns there are
  DType dtype;

  // 0 past the matrix.
  __device__ __forceinline__ float at(int64_t row, int64_t column) const {
    if (row >= count || column >= columns) return 0.0f;
    const int64_t i = begin + row * stride + column;
    if (dtype == DType::f32) return static_cast<const float*>(data)[i];
    if (dtype == DType::bf16) return widen(static_cast<const BFloat16*>(data)[i]);
    return widen(static_cast<const Float16*>(data)[i]);
  }
};

__device__ __forceinline__ void store_element(void* data, DType dtype, int64_t i, float x) {
  if (dtype == DType::f32)
    static_cast<float*>(data)[i] = x;
  else if (dtype == DType::bf16)
    static_cast<BFloat16*>(data)[i] = narrow<BFloat16>(x);
  else
    static_cast<Float16*>(data)[i] = narrow<Float16>(x);
}

// kRows x kColumns elements from (row, column) on to shared memory, kPitch floats between rows.
template <int kRows, int kColumns, int kPitch>
__device__ __forceinline__ void simt_stage(float* to, const SimtRows& rows, int64_t row, int64_t column) {
  constexpr int kAtOnce = 4;
  static_assert(kRows * kColumns % (kSimtThreads * kAtOnce) == 0);
#pragma unroll 1
  for (int i = static_cast<int>(threadIdx.x); i < kRows * kColumns; i += kSimtThreads * kAtOnce) {
    float x[kAtOnce];
#pragma unroll
    for (int n = 0; n < kAtOnce; ++n) {
      const int at = i + n * kSimtThreads;
      x[n] = rows.at(row + at / kColumns, column + at % kColumns);
    }
#pragma unroll
    for (int n = 0; n < kAtOnce; ++n) {
      const int at = i + n * kSimtThreads;
      to[at / kColumns * kPitch + at % kColumns] = x[n];
    }
  }
}

__device__ __forceinline__ void simt_load4(const float* from, float (&x)[4]) {
  const auto vector = load_vector<float, 4>(from);
#pragma unroll
  for (int i = 0; i < 4; ++i) x[i] = vector.element[i];
}

// Room for both operands of a product.
struct SimtStage {
  float *left, *right;  // (64, kSimtPitch) each; right also (32, 64 or 128)
};

// d[r][c] = left row (y + 8 r) . right row (x + 16 c), the rows from left_row and right_row on. Ends with both staged
// parts in use: __syncthreads before they are written.
__device__ __forceinline__ void simt_multiply_transposed(float (&d)[8][4], const SimtStage& stage, const SimtRows& left,
                                                         int64_t left_row, const SimtRows& right, int64_t right_row) {
#pragma unroll
  for (int r = 0; r < 8; ++r)
#pragma unroll
    for (int c = 0; c < 4; ++c) d[r][c] = 0.0f;
  for (int64_t column = 0; column < left.columns; column += kSimtDepth) {
    __syncthreads();
    simt_stage<kSimtRows, kSimtDepth, kSimtPitch>(stage.left, left, left_row, column);
    simt_stage<kSimtRows, kSimtDepth, kSimtPitch>(stage.right, right, right_row, column);
    __syncthreads();
#pragma unroll 1
    for (int k = 0; k < kSimtDepth; k += 4) {
      float b[4][4];
#pragma unroll
      for (int c = 0; c < 4; ++c) simt_load4(stage.right + (simt_x() + 16 * c) * kSimtPitch + k, b[c]);
#pragma unroll
      for (int r = 0; r < 8; ++r) {
        float a[4];
        simt_load4(stage.left + (simt_y() + 8 * r) * kSimtPitch + k, a);
#pragma unroll
        for (int c = 0; c < 4; ++c)
#pragma unroll
          for (int i = 0; i < 4; ++i) d[r][c] = fmaf(a[i], b[c][i], d[r][c]);
      }
    }
  }
}

// d[r][c] += left row (y + 8 r) . right column (64 (c / 4) + 4 x + c % 4): left is (64, 64) in shared memory, right the
// 64 rows from right_row and the columns from `column` on.
template <int kN>
__device__ __forceinline__ void simt_multiply(float (&d)[8][kN], const float* left, const SimtStage& stage,
                                              const SimtRows& right, int64_t right_row, int64_t column) {
  constexpr int kColumns = 16 * kN;
  for (int half = 0; half < kSimtRows; half += kSimtDepth) {
    __syncthreads();
    simt_stage<kSimtDepth, kColumns, kColumns>(stage.right, right, right_row + half, column);
    __syncthreads();
#pragma unroll 1
    for (int k = 0; k < kSimtDepth; k += 4) {
      float a[8][4];
#pragma unroll
      for (int r = 0; r < 8; ++r) simt_load4(left + (simt_y() + 8 * r) * kSimtTilePitch + half + k, a[r]);
#pragma unroll
      for (int i = 0; i < 4; ++i)
#pragma unroll
        for (int c = 0; c < kN; c += 4) {
          float b[4];
          simt_load4(stage.right + (k + i) * kColumns + 16 * c + 4 * simt_x(), b);
#pragma unroll
          for (int r = 0; r < 8; ++r)
#pragma unroll
            for (int j = 0; j < 4; ++j) d[r][c + j] = fmaf(a[r][i], b[j], d[r][c + j]);
        }
    }
  }
}

// A matrix of products to (64, 64) in shared memory.
__device__ __forceinline__ void simt_put(float* tile, const float (&s)[8][4]) {
#pragma unroll
  for (int r = 0; r < 8; ++r)
#pragma unroll
    for (int c = 0; c < 4; ++c) tile[(simt_y() + 8 * r) * kSimtTilePitch + simt_x() + 16 * c] = s[r][c];
}

// Accumulators of simt_multiply times `factor(r)`, for the rows and columns there are.
template <int kN, class Factor>
__device__ __forceinline__ void simt_store(void* to, DType dtype, int64_t begin, int64_t stride, int64_t rows,
                                           int64_t columns, const float (&d)[8][kN], Factor&& factor) {
#pragma unroll
  for (int r = 0; r < 8; ++r)
#pragma unroll
    for (int c = 0; c < kN; ++c) {
      const int row = simt_y() + 8 * r, column = 16 * (c / 4 * 4) + 4 * simt_x() + c % 4;
      if (row < rows && column < columns) store_element(to, dtype, begin + row * stride + column, d[r][c] * factor(r));
    }
}

struct LargerNumber {
  __device__ __forceinline__ float operator()(float a, float b) const { return fmaxf(a, b); }
};
// Over the half warp that holds a row.
template <class Join>
__device__ __forceinline__ float simt_row_reduce(float x, Join join = {}) {
#pragma unroll
  for (int distance = 8; distance > 0; distance /= 2) x = join(x, __shfl_xor_sync(kAllLanes, x, distance));
  return x;
}

// Which of a thread's pairs dropout keeps: bit 4 r + c. Rows are queries, or keys where kTransposed.
template <bool kTransposed>
__device__ __forceinline__ uint32_t simt_kept(const ModifiedScores& scores, int i0, int j0) {
  if (!scores.drops()) return ~0u;
  uint32_t bits = 0;
#pragma unroll 1
  for (int pair = 0; pair < 32; ++pair) {
    const int row = simt_y() + 8 * (pair / 4), column = simt_x() + 16 * (pair % 4);
    const int i = i0 + (kTransposed ? column : row), j = j0 + (kTransposed ? row : column);
    bits |= static_cast<uint32_t>(scores.keeps(i, j)) << pair;
  }
  return bits;
}

// The first tile of keys from that of key j on that has to be looked at.
__device__ __forceinline__ int next_simt_keys(const AttentionPlace& place, int j) {
  return next_keys<kSimtRows, ModifiedScores>(place, j / kSimtRows * kSimtRows);
}

// Rows of one head of a sequence.
__device__ __forceinline__ SimtRows simt_rows(const void* data, const AttentionProblem& p, int64_t begin, int64_t count,
                                              int64_t stride, int64_t head) {
  return {data, begin * stride + head * p.head_size, stride, count, p.head_size, p.dtype};
}

// Rows past the last sequence: zeros.
__device__ __forceinline__ void simt_clear_padding(void* rows, DType dtype, int64_t stride, int64_t columns,
                                                   int64_t begin, int64_t end) {
  for (int64_t t = begin + blockIdx.x; t < end; t += gridDim.x)
    for (int64_t c = threadIdx.x; c < columns; c += blockDim.x) store_element(rows, dtype, t * stride + c, 0.0f);
}

}  // namespace gridstride
