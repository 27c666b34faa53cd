// Lists of tensors that meet every path of the multi-tensor kernels: chunks of one element and of all, empty tensors,
// several chunks, tails, pointers that are aligned to no vector.
#pragma once

#include "kernels/optim/tensor_list.h"
#include "test/kernels/emulated_run.h"

namespace gridstride::test {

// A tensor that may lie `shift` elements behind an aligned address.
class ListTensor {
 public:
  ListTensor(DType dtype, int64_t count, int64_t shift) : buffer_(dtype, count + shift), count_(count), shift_(shift) {}
  ListTensor(DType dtype, int64_t count, int64_t shift, uint64_t seed, double scale, double offset)
      : buffer_(dtype, count + shift, seed, scale, offset), count_(count), shift_(shift) {}

  void* data() { return buffer_.as<char>() + shift_ * dtype_size(buffer_.dtype()); }
  Buffer& buffer() { return buffer_; }
  const Buffer& buffer() const { return buffer_; }
  int64_t count() const { return count_; }
  DType dtype() const { return buffer_.dtype(); }

 private:
  Buffer buffer_;
  int64_t count_, shift_;
};

// Weights with optimizer state; gradients of the dtypes in turn.
struct Model {
  std::vector<ListTensor> weights, gradients, first, second, copies;

  Model(const std::vector<int64_t>& counts, const std::vector<DType>& dtypes, DType copy_dtype, bool misaligned) {
    for (size_t i = 0; i < counts.size(); ++i) {
      const int64_t n = counts[i];
      const auto shift = [&](size_t k) { return misaligned && i % 5 == k ? int64_t{1} : int64_t{0}; };
      weights.emplace_back(DType::f32, n, shift(0), i + 1, 1, 0);
      gradients.emplace_back(dtypes[i % dtypes.size()], n, shift(1), i + 200, 0.1, 0);
      first.emplace_back(DType::f32, n, shift(2), i + 400, 0.01, 0);
      second.emplace_back(DType::f32, n, shift(3), i + 600, 0.001, 0.0011);
      copies.emplace_back(copy_dtype, n, shift(4));
    }
  }
  int tensors() const { return static_cast<int>(weights.size()); }

  Outputs outputs() const {
    Outputs out;
    for (const auto* list : {&weights, &first, &second, &copies})
      for (const ListTensor& tensor : *list) out.push_back(tensor.buffer());
    return out;
  }
};

inline std::vector<int64_t> few_counts() { return {1, 0, 63, 8192, 17001, 16, 3}; }
inline std::vector<int64_t> many_counts() {
  std::vector<int64_t> counts;
  for (int64_t i = 0; i < kMaxTensors; ++i) counts.push_back(i % 9);
  counts[kMaxTensors - 1] = 8195;
  return counts;
}

// What a tensor's parameters differ in, so that a wrong tensor shows.
inline double weight_decay_of(int i) { return i % 2 ? 0 : 0.01 + 0.001 * i; }
inline double rate_factor_of(int i) { return i % 3 ? 0.5 + 0.01 * i : 1; }

}  // namespace gridstride::test
