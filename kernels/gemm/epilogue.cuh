// What follows a product (GemmEpilogue): in f32, on runs of kLength neighbouring columns, 16 bytes at a time where the
// arrays' addresses and strides allow it and the run lies within the matrix, else element by element.
#pragma once

#include "kernels/common/row.cuh"
#include "kernels/gemm/gemm_args.cuh"
#include "kernels/math/activation.h"

namespace gridstride {

template <Activation kKind, int kLength>
__device__ __forceinline__ void activate_as(float (&x)[kLength]) {
#pragma unroll
  for (int j = 0; j < kLength; ++j) x[j] = activation_value(kKind, x[j]);
}
template <int kLength>
__device__ __forceinline__ void activate(Activation kind, float (&x)[kLength]) {
  switch (kind) {
    case Activation::relu:
      return activate_as<Activation::relu>(x);
    case Activation::gelu:
      return activate_as<Activation::gelu>(x);
    case Activation::gelu_tanh:
      return activate_as<Activation::gelu_tanh>(x);
    case Activation::silu:
      return activate_as<Activation::silu>(x);
    case Activation::tanh:
      return activate_as<Activation::tanh>(x);
    case Activation::sigmoid:
      return activate_as<Activation::sigmoid>(x);
    case Activation::none:
      return;
  }
}

// Columns [column, column + kLength) of the result, as far as there are.
template <class T, int kLength>
class EpilogueRun {
 public:
  __device__ __forceinline__ EpilogueRun(const GemmArgs& args, const GemmLaunch& launch, int64_t batch, int64_t column)
      : to_(args.to), columns_(args.n), column_(column) {
    const int64_t left = args.n - column;
    count_ = left < kLength ? static_cast<int>(left) : kLength;
    whole_ = launch.vectors && count_ == kLength;
    batch_ = batch / args.inner * to_.batch_outer_stride + batch % args.inner * to_.batch_inner_stride;
    if (to_.bias) load(static_cast<const T*>(to_.bias) + column, bias_);
  }

  // The residual of a row, to be asked for before the row's sums are at hand.
  __device__ __forceinline__ void load_residual(int64_t row, float (&residual)[kLength]) const {
    if (to_.residual) load(static_cast<const T*>(to_.residual) + row * to_.residual_stride + column_, residual);
  }

  // From the sums x of a row to its results.
  __device__ __forceinline__ void store_row(int64_t row, float (&x)[kLength], const float (&residual)[kLength]) const {
#pragma unroll
    for (int j = 0; j < kLength; ++j) x[j] *= to_.alpha;
    if (to_.bias) add(bias_, x);
    if (to_.pre_activation) store(static_cast<T*>(to_.pre_activation) + row * columns_ + column_, x);
    activate(to_.activation, x);
    if (to_.residual) add(residual, x);
    const int64_t at = batch_ + row * to_.stride + column_;
    if (to_.dtype == DType::f32)
      store(static_cast<float*>(to_.c) + at, x);
    else
      store(static_cast<T*>(to_.c) + at, x);
  }

 private:
  __device__ __forceinline__ static void add(const float (&y)[kLength], float (&x)[kLength]) {
#pragma unroll
    for (int j = 0; j < kLength; ++j) x[j] += y[j];
  }
  __device__ __forceinline__ void load(const T* p, float (&x)[kLength]) const {
    if (whole_) return load_floats(p, x);
#pragma unroll
    for (int j = 0; j < kLength; ++j) x[j] = j < count_ ? widen(p[j]) : 0.0f;
  }
  template <class Out>
  __device__ __forceinline__ void store(Out* p, const float (&x)[kLength]) const {
    if (whole_) return store_floats(p, x);
#pragma unroll
    for (int j = 0; j < kLength; ++j)
      if (j < count_) p[j] = narrow<Out>(x[j]);
  }

  const GemmEpilogue& to_;
  int64_t columns_, column_, batch_;
  int count_;
  bool whole_;
  float bias_[kLength] = {};
};

// A block's f32 sums on their way from the registers of the product to rows: chunks of 8 columns stand at chunk XOR
// row % 8, so that the eight rows that a warp writes, and the eight chunks a quarter warp reads, lie in different
// banks.
template <int kRows, int kColumns>
class StagedSums {
 public:
  static constexpr int kChunk = 8, kCount = kRows * kColumns;
  static_assert(kColumns % 64 == 0);

  __device__ __forceinline__ explicit StagedSums(float* data) : data_(data) {}

  template <int kLength>
  __device__ __forceinline__ void write(int row, int column, const Vector<float, kLength>& x) const {
    store_vector<float, kLength>(data_ + at(row, column), x);
  }
  // The two halves of a chunk in the order that keeps lanes of a quarter warp apart.
  __device__ __forceinline__ void read(int row, int column, float (&x)[8]) const {
    const float* chunk = data_ + at(row, column);
    const int half = (column / kChunk ^ row) / 4 % 2;
    const auto first = load_vector<float, 4>(chunk + half * 4), second = load_vector<float, 4>(chunk + 4 - half * 4);
#pragma unroll
    for (int j = 0; j < 4; ++j) {
      x[j] = half ? second.element[j] : first.element[j];
      x[j + 4] = half ? first.element[j] : second.element[j];
    }
  }
  __device__ __forceinline__ void read(int row, int column, float (&x)[4]) const {
    load_floats<float, 4>(data_ + at(row, column), x);
  }

 private:
  __device__ __forceinline__ static int at(int row, int column) {
    return row * kColumns + ((column / kChunk) ^ (row % 8)) * kChunk + column % kChunk;
  }

  float* data_;
};

// All kThreads threads store the tile at `block`: the sums through the epilogue, or as they are to the partial sums.
template <class T, int kRows, int kColumns, int kThreads>
__device__ __forceinline__ void store_tile(const GemmArgs& args, const GemmLaunch& launch,
                                           const GemmBlock<kRows, kColumns>& block,
                                           const StagedSums<kRows, kColumns>& staged) {
  constexpr int kLength = kVectorLength<T>, kRuns = kColumns / kLength, kStep = kThreads / kRuns;
  static_assert(kThreads % kRuns == 0 && kRows % kStep == 0);
  const int tile_column = static_cast<int>(threadIdx.x) % kRuns * kLength;
  const int64_t first_row = block.row(), column = block.column() + tile_column, left = args.m - first_row;
  const int64_t batch = launch.first_batch + blockIdx.z;
  if (column >= args.n) return;
  int row = static_cast<int>(threadIdx.x) / kRuns;
  const int rows = left < kRows ? static_cast<int>(left) : kRows;
  float x[kLength];
  if (launch.partials) {
    const int64_t padded = gemm_partial_columns(args.n);
    const int64_t matrix = blockIdx.y * args.outer * args.inner + batch;
    float* to = launch.partials + (matrix * args.m + first_row) * padded + column;
    for (; row < rows; row += kStep) {
      staged.read(row, tile_column, x);
      store_floats(to + row * padded, x);
    }
    return;
  }
  const EpilogueRun<T, kLength> run(args, launch, batch, column);
  float residual[kLength], next[kLength];
  if (row < rows) run.load_residual(first_row + row, residual);
#pragma unroll 1
  for (; row < rows; row += kStep) {
    if (row + kStep < rows) run.load_residual(first_row + row + kStep, next);
    staged.read(row, tile_column, x);
    run.store_row(first_row + row, x, residual);
#pragma unroll
    for (int j = 0; j < kLength; ++j) residual[j] = next[j];
  }
}

}  // namespace gridstride
