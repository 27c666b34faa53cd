// Walks up to four strided tensors of one shape. Dimensions that can be walked as one are merged first, so contiguous
// operands become a single long row, and what is left of the innermost dimension goes to a row function.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "kernels/common/strided.h"
#include "native/cpu/pool.h"

namespace gridstride::cpu {

template <int N>
class StridedLoop {
 public:
  StridedLoop(int rank, const int64_t* sizes, const std::array<const int64_t*, N>& strides) {
    for (int d = 0; d < rank; ++d) {
      count_ *= sizes[d];
      if (sizes[d] == 1) continue;
      if (rank_ > 0 && joins(d, sizes[d], strides)) {
        sizes_[rank_ - 1] *= sizes[d];
        for (int k = 0; k < N; ++k) strides_[k][rank_ - 1] = strides[k][d];
        continue;
      }
      sizes_[rank_] = sizes[d];
      for (int k = 0; k < N; ++k) strides_[k][rank_] = strides[k][d];
      ++rank_;
    }
    if (rank_ == 0) sizes_[rank_++] = 1;
  }

  int64_t count() const { return count_; }
  int rank() const { return rank_; }
  int64_t size(int d) const { return sizes_[d]; }
  int64_t stride(int operand, int d) const { return strides_[operand][d]; }
  // Stride of one operand along a row.
  int64_t step(int operand) const { return strides_[operand][rank_ - 1]; }

  // Offset of the element with this flat index.
  int64_t offset(int operand, int64_t flat) const {
    int64_t at = 0;
    for (int d = rank_ - 1; d >= 0; --d) {
      at += flat % sizes_[d] * strides_[operand][d];
      flat /= sizes_[d];
    }
    return at;
  }

  // body(first, n) for the pieces of rows that make up the flat elements [begin, end), in order.
  template <class Body>
  void pieces(int64_t begin, int64_t end, Body&& body) const {
    const int64_t row = sizes_[rank_ - 1];
    for (int64_t i = begin; i < end;) {
      const int64_t n = std::min(end - i, row - i % row);
      body(i, n);
      i += n;
    }
  }

  // body(offsets, n): n elements of a row from these element offsets, one per operand. The split into tasks depends on
  // the shape alone.
  template <class Body>
  void run(Pool& pool, Body&& body) const {
    if (count_ == 0) return;
    const int64_t row = sizes_[rank_ - 1];
    const int64_t rows = count_ / row;
    const int64_t pieces = (row + kGrain - 1) / kGrain;
    const int64_t rows_per_task = std::max<int64_t>(1, kGrain / row);
    if (pieces == 1) {
      pool.ranges(rows, rows_per_task, [&](int64_t begin, int64_t end, int) { walk(begin, end, 0, row, body); });
      return;
    }
    pool.parallel(rows * pieces, [&](int64_t task, int) {
      const int64_t first = task % pieces * kGrain;
      walk(task / pieces, task / pieces + 1, first, std::min(kGrain, row - first), body);
    });
  }

 private:
  static constexpr int64_t kGrain = 16384;

  bool joins(int d, int64_t size, const std::array<const int64_t*, N>& strides) const {
    for (int k = 0; k < N; ++k)
      if (strides_[k][rank_ - 1] != strides[k][d] * size) return false;
    return true;
  }

  template <class Body>
  void walk(int64_t begin, int64_t end, int64_t first, int64_t n, Body& body) const {
    int64_t index[kMaxRank] = {};
    int64_t offsets[N];
    for (int k = 0; k < N; ++k) offsets[k] = first * step(k);
    int64_t rest = begin;
    for (int d = rank_ - 2; d >= 0; --d) {
      index[d] = rest % sizes_[d];
      rest /= sizes_[d];
      for (int k = 0; k < N; ++k) offsets[k] += index[d] * strides_[k][d];
    }
    for (int64_t i = begin; i < end; ++i) {
      body(static_cast<const int64_t*>(offsets), n);
      advance(index, offsets);
    }
  }

  void advance(int64_t* index, int64_t* offsets) const {
    for (int d = rank_ - 2; d >= 0; --d) {
      for (int k = 0; k < N; ++k) offsets[k] += strides_[k][d];
      if (++index[d] < sizes_[d]) return;
      for (int k = 0; k < N; ++k) offsets[k] -= sizes_[d] * strides_[k][d];
      index[d] = 0;
    }
  }

  int rank_ = 0;
  int64_t count_ = 1;
  int64_t sizes_[kMaxRank] = {};
  int64_t strides_[N][kMaxRank] = {};
};

}  // namespace gridstride::cpu
