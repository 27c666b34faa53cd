// Dropout on vectors (kernels/random/dropout.h), for the op of its own and for those that fuse it.
#pragma once

#include "kernels/math/philox.h"
#include "native/cpu/simd/philox.h"
#include "native/cpu/simd/storage.h"

namespace gridstride::cpu::GS_ISA {

class DropoutMask {
 public:
  explicit DropoutMask(const ElementDropout& dropout)
      : drops_(dropout.p > 0),
        seed_(drops_ ? static_cast<uint64_t>(dropout.stream.state[0]) : 0),
        base_(drops_ ? static_cast<uint64_t>(dropout.stream.state[1]) + static_cast<uint64_t>(dropout.stream.delta)
                     : 0),
        threshold_(VecUint{} + dropout_threshold(dropout.p)),
        scale_(splat(static_cast<float>(dropout_scale(dropout.p)))) {}

  bool drops() const { return drops_; }

  // body(i, m, kept) for elements `first` to `first` + count of the tensor in vectors, i counted from `first`; kept has
  // all bits of a lane set where its element stays.
  template <class Body>
  void each(int64_t first, int64_t count, Body body) const {
    uint32_t words[5 * kLanes] = {};  // the last vector may begin within the last counter
    for (int64_t begin = 0; begin < count;) {
      const int64_t skip = (first + begin) % 4;
      philox_words(seed_, base_ + static_cast<uint64_t>((first + begin) / 4), words);
      const int64_t drawn = 4 * kLanes - skip, end = begin + drawn < count ? begin + drawn : count;
      for (int64_t i = begin; i < end; i += kLanes) {
        VecUint word;
        memcpy(&word, words + skip + i - begin, sizeof word);
        body(i, end - i < kLanes ? end - i : kLanes, (VecInt)(word >= threshold_));
      }
      begin = end;
    }
  }

  // Masking, not multiplying by zero: an infinite x is dropped as well.
  Vec apply(Vec x, VecInt kept) const { return from_bits(bits(x * scale_) & kept); }

 private:
  bool drops_;
  uint64_t seed_, base_;
  VecUint threshold_;
  Vec scale_;
};

}  // namespace gridstride::cpu::GS_ISA
