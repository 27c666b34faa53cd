// Sorts 32-bit keys on the device, stably, with the positions they came from.
#pragma once

#include <cstdint>

#include "native/cuda/run.h"

namespace gridstride::cuda {

class KeySort {
 public:
  // Device memory for `count` keys, a multiple of 256; `count` is at least 1 and below 2^31.
  static int64_t bytes(int64_t count);
  KeySort(const char* op, void* memory, int64_t count, Run& run);

  // Where keys are written before a sort and lie after it.
  uint32_t* keys() const { return first_ + half_ * step_; }
  // The places the keys had before the first sort, in the order of the last; null before the first.
  const uint32_t* positions() const { return sorted_ ? first_ + (2 + half_) * step_ : nullptr; }
  // By keys() of at most `largest`; equal keys stay in order. By several keys: by the least significant first, with new
  // keys for positions() before each.
  void sort(uint32_t largest);

 private:
  const char* op_;
  Run& run_;
  uint32_t* first_;
  int64_t count_, step_;
  int half_ = 0;
  bool sorted_ = false;
};

}  // namespace gridstride::cuda
