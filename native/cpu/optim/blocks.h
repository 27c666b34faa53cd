// A list of tensors as one list of blocks of equal size, so that many small tensors and a few large ones share the
// threads alike.
#pragma once

#include <cstdint>

#include "kernels/optim/tensor_list.h"
#include "native/cpu/pool.h"

namespace gridstride::cpu {

constexpr int64_t kTensorBlock = 16384;

class TensorBlocks {
 public:
  TensorBlocks(const int64_t* counts, int tensors) : counts_(counts) {
    for (int i = 0; i < tensors; ++i) first_[i + 1] = first_[i] + (counts[i] + kTensorBlock - 1) / kTensorBlock;
    blocks_ = first_[tensors];
  }

  int64_t count() const { return blocks_; }
  // Blocks of tensor i are [first(i), first(i + 1)).
  int64_t first(int i) const { return first_[i]; }

  // body(tensor, begin, end, block): elements [begin, end) of one tensor.
  template <class Body>
  void each(Pool& pool, Body&& body) const {
    pool.parallel(blocks_, [&](int64_t block, int) {
      int tensor = 0;
      while (first_[tensor + 1] <= block) ++tensor;
      const int64_t begin = (block - first_[tensor]) * kTensorBlock;
      const int64_t end = begin + kTensorBlock;
      body(tensor, begin, end < counts_[tensor] ? end : counts_[tensor], block);
    });
  }

 private:
  const int64_t* counts_;
  int64_t blocks_ = 0;
  int64_t first_[kMaxTensors + 1] = {};
};

}  // namespace gridstride::cpu
