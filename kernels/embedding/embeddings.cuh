// Sum of embeddings, layer norm, dropout (formulas, shapes: embeddings.h); sums and statistics in f32. An id out of
// range reads nothing and is reported: its row is NaN.
//   warp per row   4 rows per block, the row in registers, read once in vectors of up to 16 bytes: C a multiple of the
//                  output's vector and at most 32 * kVectors vectors, every pointer aligned to 16 bytes.
//   block per row  256 threads, the tables read once, the sum (it lies in y where it is not kept) three times, element
//   by
//                  element: any C, any alignment.
#pragma once

#include "kernels/common/dropout_mask.cuh"
#include "kernels/common/faults.cuh"
#include "kernels/common/row_statistics.cuh"
#include "kernels/common/values.cuh"
#include "kernels/embedding/embeddings.h"

namespace gridstride {

constexpr int kEmbeddingsWarps = 4;           // rows per block, warp per row
constexpr int kEmbeddingsBlockThreads = 256;  // block per row

// One row of a table.
class TableRow {
 public:
  // `reports`: whether this thread is the one of the row's that reports a bad id.
  __device__ __forceinline__ TableRow(const EmbeddingTable& table, int64_t t, int64_t channels, const FaultSink& faults,
                                      bool reports)
      : rows_(table.rows), dtype_(table.dtype), at_(0), absent_(0) {
    if (!rows_) return;
    const int64_t row = table.ids ? load_index(table.ids, table.id_dtype, t) : t;
    at_ = row * channels;
    if (!table.ids || (row >= 0 && row < table.size)) return;
    if (reports) report_fault(faults, FaultKind::index, row, t, table.size);
    rows_ = nullptr;
    absent_ = __builtin_nanf("");
  }

  template <int kLength>
  __device__ __forceinline__ void load(int64_t column, float (&x)[kLength]) const {
    load_parameters(rows_, dtype_, at_ + column, absent_, x);
  }
  template <int kLength>
  __device__ __forceinline__ void add_to(float (&x)[kLength], int64_t column) const {
    float added[kLength];
    load(column, added);
#pragma unroll
    for (int j = 0; j < kLength; ++j) x[j] += added[j];
  }

 private:
  const void* rows_;
  DType dtype_;
  int64_t at_;
  float absent_;
};

// The sum of a token's rows.
class TokenRows {
 public:
  __device__ __forceinline__ TokenRows(const EmbeddingsForwardArgs& args, int64_t t, const FaultSink& faults,
                                       bool reports)
      : words_(args.words, t, args.channels, faults, reports),
        positions_(args.positions, t, args.channels, faults, reports),
        types_(args.types, t, args.channels, faults, reports) {}

  template <int kLength>
  __device__ __forceinline__ void load(int64_t column, float (&s)[kLength]) const {
    words_.load(column, s);
    types_.add_to(s, column);
    positions_.add_to(s, column);
  }

 private:
  TableRow words_, positions_, types_;
};

template <class T, int kVectors>
__global__ void __launch_bounds__(kEmbeddingsWarps* kWarpSize, 2)
    embeddings_forward_warp_per_row(EmbeddingsForwardArgs args, MaskParameters dropout, FaultSink faults) {
  constexpr int kLength = kVectorLength<T>;
  const int64_t row = static_cast<int64_t>(blockIdx.x) * kEmbeddingsWarps + warp_of_thread();
  if (row >= args.rows) return;
  const int64_t at = row * args.channels;
  const TokenRows tokens(args, row, faults, lane_of_thread() == 0);
  const DropoutMask mask(dropout);
  float s[kVectors][kLength];
  for_each_vector<kVectors, kLength>(args.channels, [&](int i, int column) {
    tokens.load(column, s[i]);
    round_floats<T>(s[i]);
    if (args.sum) store_floats(static_cast<T*>(args.sum) + at + column, s[i]);
  });
  RowStatistics statistics{};
  if (args.gamma) {
    statistics = warp_statistics<true>(s, args.channels, args.epsilon);
    if (lane_of_thread() == 0) save_statistics(statistics, row, args.mean, args.inv_std);
  }
  for_each_vector<kVectors, kLength>(args.channels, [&](int i, int column) {
    if (args.gamma) normalize(s[i], statistics, column, args.gamma, args.beta, args.parameter_dtype);
    mask.apply(s[i], at + column);
    store_floats(static_cast<T*>(args.y) + at + column, s[i]);
  });
}

template <class T>
__global__ void __launch_bounds__(kEmbeddingsBlockThreads, 2)
    embeddings_forward_block_per_row(EmbeddingsForwardArgs args, MaskParameters dropout, FaultSink faults) {
  const int64_t row = blockIdx.x, at = row * args.channels;
  const TokenRows tokens(args, row, faults, threadIdx.x == 0);
  const DropoutMask mask(dropout);
  T* sum = static_cast<T*>(args.sum ? args.sum : args.y) + at;
  for (int64_t c = threadIdx.x; c < args.channels; c += kEmbeddingsBlockThreads) {
    float s[1];
    tokens.load(c, s);
    sum[c] = narrow<T>(s[0]);
  }
  // Each thread reads back what it wrote itself.
  RowStatistics statistics{};
  if (args.gamma) {
    statistics = block_statistics<true, kEmbeddingsBlockThreads / kWarpSize>(args.channels, args.epsilon,
                                                                             [&](int64_t c) { return widen(sum[c]); });
    if (threadIdx.x == 0) save_statistics(statistics, row, args.mean, args.inv_std);
  }
  for (int64_t c = threadIdx.x; c < args.channels; c += kEmbeddingsBlockThreads) {
    float s[1] = {widen(sum[c])};
    if (args.gamma) normalize(s, statistics, c, args.gamma, args.beta, args.parameter_dtype);
    static_cast<T*>(args.y)[at + c] = narrow<T>(mask.apply(s[0], at + c));
  }
}

}  // namespace gridstride
