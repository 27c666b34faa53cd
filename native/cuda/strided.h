// How strided tensors of one shape are walked on the device: dimensions in the order of one operand's strides, merged
// where all operands can be walked as one, so that contiguous tensors become a single row.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>

#include "kernels/common/strided.cuh"
#include "native/cuda/elements.h"

namespace gridstride::cuda {

// An operand's first element and its size in bytes.
struct Operand {
  const void* first;
  int64_t size;
};

template <int N>
class StridedPlan {
 public:
  using Offsets = std::array<int64_t, N>;
  // A launch takes no more elements: indices have 32 bits.
  static constexpr int64_t kMostElements = int64_t{1} << 30;

  // `order`: the operand whose strides order the dimensions, the one that is written; -1 keeps their order.
  StridedPlan(int rank, const int64_t* sizes, const std::array<const int64_t*, N>& strides, int order = N - 1) {
    int kept[kMaxRank], count = 0;
    for (int d = rank - 1; d >= 0; --d) {
      count_ *= sizes[d];
      if (sizes[d] != 1) kept[count++] = d;
    }
    if (order >= 0)
      std::stable_sort(kept, kept + count, [&](int a, int b) {
        return std::abs(strides[static_cast<size_t>(order)][a]) < std::abs(strides[static_cast<size_t>(order)][b]);
      });
    for (int i = 0; i < count; ++i) append(sizes[kept[i]], kept[i], strides);
    if (rank_ == 0) sizes_[rank_++] = 1;
  }

  int64_t count() const { return count_; }
  int rank() const { return rank_; }
  // From the innermost dimension on.
  int64_t size(int d) const { return sizes_[d]; }
  int64_t stride(int operand, int d) const { return strides_[operand][d]; }

  // Takes a dimension out, for a kernel that walks it otherwise.
  void remove(int d) {
    count_ /= sizes_[d];
    for (int i = d; i + 1 < rank_; ++i) {
      sizes_[i] = sizes_[i + 1];
      for (int k = 0; k < N; ++k) strides_[k][i] = strides_[k][i + 1];
    }
    if (--rank_ > 0) return;
    rank_ = 1;
    sizes_[0] = 1;
    for (int k = 0; k < N; ++k) strides_[k][0] = 0;
  }

  // Whether runs of `length` neighbours move in vectors: innermost strides of 1 (or 0, if not the last operand's), rows
  // that are whole runs, and every run aligned to its vectors, of at most 16 bytes.
  bool has_vectors(int64_t length, const std::array<Operand, N>& operands) const {
    if (rank_ > 1 && sizes_[0] % length != 0) return false;
    for (int k = 0; k < N; ++k) {
      if (strides_[k][0] == 0 && k < N - 1) continue;
      const Operand& operand = operands[static_cast<size_t>(k)];
      const int64_t alignment = std::min<int64_t>(16, length * operand.size);
      if (strides_[k][0] != 1 || reinterpret_cast<uintptr_t>(operand.first) % static_cast<uintptr_t>(alignment) != 0)
        return false;
      for (int d = 1; d < rank_; ++d)
        if (strides_[k][d] * operand.size % alignment != 0) return false;
    }
    return true;
  }

  // body(runs, offsets) for parts of at most `most` elements that cover the tensors; offsets of their first elements.
  template <class Body>
  void parts(int length, const Body& body, int64_t most = kMostElements) const {
    if (count_ > 0) split(length, Offsets{}, body, most);
  }

  StridedRuns<N> runs(int length) const {
    StridedRuns<N> all{};
    all.rank = rank_;
    if (count_ == 0) return all;
    all.row = static_cast<uint32_t>(sizes_[0]);
    const int64_t per_row = (sizes_[0] + length - 1) / length;
    all.runs = static_cast<uint32_t>(count_ / sizes_[0] * per_row);
    for (int d = 0; d < rank_; ++d) {
      all.sizes[d] = Divisor::of(static_cast<uint32_t>(d == 0 ? per_row : sizes_[d]));
      for (int k = 0; k < N; ++k) all.strides[k][d] = strides_[k][d];
    }
    return all;
  }

 private:
  void append(int64_t size, int from, const std::array<const int64_t*, N>& strides) {
    bool joins = rank_ > 0;
    for (int k = 0; k < N && joins; ++k)
      joins = strides[static_cast<size_t>(k)][from] == strides_[k][rank_ - 1] * sizes_[rank_ - 1];
    if (joins) {
      sizes_[rank_ - 1] *= size;
      return;
    }
    sizes_[rank_] = size;
    for (int k = 0; k < N; ++k) strides_[k][rank_] = strides[static_cast<size_t>(k)][from];
    ++rank_;
  }

  template <class Body>
  void split(int length, const Offsets& offsets, const Body& body, int64_t most) const {
    const int d = rank_ - 1;
    const int64_t half = d > 0 ? sizes_[d] / 2 : sizes_[0] / 2 / length * length;
    if (count_ <= most || half == 0) return body(runs(length), offsets);
    StridedPlan first = *this, second = *this;
    Offsets behind = offsets;
    for (int k = 0; k < N; ++k) behind[static_cast<size_t>(k)] += half * strides_[k][d];
    first.shrink(d, half);
    second.shrink(d, sizes_[d] - half);
    first.split(length, offsets, body, most);
    second.split(length, behind, body, most);
  }
  void shrink(int d, int64_t size) {
    count_ = count_ / sizes_[d] * size;
    sizes_[d] = size;
    if (size == 1 && d > 0) rank_ = d;
  }

  int rank_ = 0;
  int64_t count_ = 1;
  int64_t sizes_[kMaxRank] = {};
  int64_t strides_[N][kMaxRank] = {};
};

}  // namespace gridstride::cuda
