// What softmax and cross-entropy share: maximum and sum of exponentials of a row, in a fixed order.
#pragma once

#include "native/cpu/simd/math.h"
#include "native/cpu/simd/sum.h"

namespace gridstride::cpu::GS_ISA {

static inline float log_one(float x) { return log(splat(x))[0]; }

// NaN if the row holds one, -inf if it is empty.
template <class T>
static inline float max_row(const T* x, int64_t n) {
  Vec top = splat(-__builtin_inff());
  VecInt unordered{};
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    const Vec v = load(x + i);
    top = max(v, top);
    unordered |= v != v;
  }
  float result = max_lanes(top);
  for (; i < n; ++i) {
    const float v = load_one(x + i);
    result = v > result || v != v ? v : result;
  }
  for (int lane = 0; lane < kLanes; ++lane)
    if (unordered[lane]) result = __builtin_nanf("");
  return result;
}

template <class T>
static inline float sum_exp_row(const T* x, int64_t n, float top) {
  return sum_terms(n, [&](int64_t i, int64_t m) { return exp(load_some(x + i, m) - top); });
}

}  // namespace gridstride::cpu::GS_ISA
