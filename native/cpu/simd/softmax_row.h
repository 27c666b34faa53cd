// What softmax and cross-entropy share: maximum and sum of exponentials of a row, in a fixed order.
#pragma once

#include "native/cpu/simd/math.h"
#include "native/cpu/simd/sum.h"

namespace gridstride::cpu::GS_ISA {

static inline float log_one(float x) { return log(splat(x))[0]; }

// NaN if the row holds one, -inf if it is empty.
template <class T>
static inline float max_row(const T* x, int64_t n) {
  Vec tops[4];
  VecInt unordered{};
  for (Vec& top : tops) top = splat(-__builtin_inff());
  int64_t i = 0;
  for (; i + 4 * kLanes <= n; i += 4 * kLanes) {
    for (int k = 0; k < 4; ++k) {
      const Vec v = load(x + i + k * kLanes);
      tops[k] = max(v, tops[k]);
      unordered |= v != v;
    }
  }
  for (; i + kLanes <= n; i += kLanes) {
    const Vec v = load(x + i);
    tops[0] = max(v, tops[0]);
    unordered |= v != v;
  }
  float result = max_lanes(max(max(tops[0], tops[1]), max(tops[2], tops[3])));
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
  return sum_terms(n, [&](int64_t i, int64_t m) { return exp_negative(load_some(x + i, m) - top); });
}

}  // namespace gridstride::cpu::GS_ISA
