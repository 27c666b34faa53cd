// Sums of a row in a fixed order: four vectors side by side, so that additions overlap.
#pragma once

#include "native/cpu/simd/storage.h"

namespace gridstride::cpu::GS_ISA {

// Zero from lane n on.
static inline Vec keep_first(Vec v, int64_t n) {
  float buffer[kLanes];
  store(buffer, v);
  for (int64_t i = n; i < kLanes; ++i) buffer[i] = 0;
  return load(buffer);
}

// Sum over [0, n) of term(i, m), the vector of elements i to i + m.
template <class Term>
static inline float sum_terms(int64_t n, Term term) {
  Vec a{}, b{}, c{}, d{};
  int64_t i = 0;
  for (; i + 4 * kLanes <= n; i += 4 * kLanes) {
    a += term(i, kLanes);
    b += term(i + kLanes, kLanes);
    c += term(i + 2 * kLanes, kLanes);
    d += term(i + 3 * kLanes, kLanes);
  }
  for (; i + kLanes <= n; i += kLanes) a += term(i, kLanes);
  if (i < n) b += keep_first(term(i, n - i), n - i);
  return sum_lanes((a + b) + (c + d));
}

// body(i, m) for a row of n in vectors, the last one partial.
template <class Body>
static inline void each_vector(int64_t n, Body body) {
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) body(i, kLanes);
  if (i < n) body(i, n - i);
}

}  // namespace gridstride::cpu::GS_ISA
