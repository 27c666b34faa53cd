// Lane permutations of two vectors with compile-time indices.
#pragma once

#include <utility>

#include "native/cpu/simd/unroll.h"
#include "native/cpu/simd/vec.h"

namespace gridstride::cpu::GS_ISA {

// Lane i of the result is lane index[i] of the pair (a, b).
template <int... kIndex>
static inline Vec shuffle(Vec a, Vec b) {
#if defined(__clang__)
  return __builtin_shufflevector(a, b, kIndex...);
#else
  return __builtin_shuffle(a, b, VecInt{kIndex...});
#endif
}

template <int... kLane>
static inline void interleave(Vec a, Vec b, Vec* low, Vec* high, std::integer_sequence<int, kLane...>) {
  *low = shuffle<(kLane % 2 * kLanes + kLane / 2)...>(a, b);
  *high = shuffle<(kLane % 2 * kLanes + kLane / 2 + kLanes / 2)...>(a, b);
}
// a0 b0 a1 b1 ...: its first and its second half.
static inline void interleave(Vec a, Vec b, Vec* low, Vec* high) {
  interleave(a, b, low, high, std::make_integer_sequence<int, kLanes>());
}

}  // namespace gridstride::cpu::GS_ISA
