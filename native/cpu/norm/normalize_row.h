// One row's statistics and its normalised values.
#pragma once

#include "native/cpu/norm/normalize.h"
#include "native/cpu/simd/sum.h"

namespace gridstride::cpu::GS_ISA {

struct RowStatistics {
  float mean, inv_std;
};

// y = (value - mean) * inv_std * gamma + beta, where value(i, m) gives elements i to i + m of the row. What it reads
// may lie in y.
template <class T, class Value>
static inline RowStatistics normalize_row(T* y, int64_t channels, double epsilon, bool centred, const NormWork& work,
                                          Value value) {
  const float scale = static_cast<float>(channels);
  const float mean = centred ? sum_terms(channels, value) / scale : 0.0f;
  const float squares = sum_terms(channels, [&](int64_t i, int64_t m) {
    const Vec d = value(i, m) - mean;
    return d * d;
  });
  const float inv_std = 1.0f / __builtin_sqrtf(squares / scale + static_cast<float>(epsilon));
  each_vector(channels, [&](int64_t i, int64_t m) {
    const Vec h = (value(i, m) - mean) * inv_std;
    store_some(y + i, h * load_some(work.gamma + i, m) + load_some(work.beta + i, m), m);
  });
  return {mean, inv_std};
}

}  // namespace gridstride::cpu::GS_ISA
