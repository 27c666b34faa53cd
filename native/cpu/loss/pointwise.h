// Losses that are a sum of independent terms. Terms are few (batch x labels), so plain loops in double serve every
// instruction set.
#pragma once

#include "kernels/common/reduction.h"
#include "native/cpu/run.h"
#include "native/cpu/storage.h"

namespace gridstride::cpu {

// What the sum is divided by: as in PyTorch, the mean of nothing is NaN.
inline double loss_divisor(Reduction reduction, int64_t count, int64_t batch) {
  if (reduction == Reduction::mean) return static_cast<double>(count);
  return reduction == Reduction::batch_mean ? static_cast<double>(batch) : 1.0;
}

// loss from term(i); S is the loss's type.
template <class S, class Term>
void reduce_terms(S* loss, int64_t count, Reduction reduction, double divisor, Run& run, Term&& term) {
  constexpr int64_t kChunk = 4096;
  const int64_t chunks = (count + kChunk - 1) / kChunk;
  double* sums = static_cast<double*>(run.workspace(chunks * 8));
  run.pool.ranges(count, kChunk, [&](int64_t begin, int64_t end, int) {
    double sum = 0;
    for (int64_t i = begin; i < end; ++i) {
      const double value = term(i);
      sum += value;
      if (reduction == Reduction::none) loss[i] = static_cast<S>(value);
    }
    sums[begin / kChunk] = sum;
  });
  if (reduction == Reduction::none) return;
  double total = 0;
  for (int64_t k = 0; k < chunks; ++k) total += sums[k];
  *loss = static_cast<S>(total / divisor);
}

// dx[i] = dloss / divisor * slope(i).
template <class T, class Slope>
void spread_gradient(const void* dloss, T* dx, int64_t count, Reduction reduction, double divisor, Pool& pool,
                     Slope&& slope) {
  const auto* from = static_cast<const Statistic<T>*>(dloss);
  pool.ranges(count, 4096, [&](int64_t begin, int64_t end, int) {
    for (int64_t i = begin; i < end; ++i) {
      const double scale = from[reduction == Reduction::none ? i : 0] / divisor;
      dx[i] = narrow<T>(scale * slope(i));
    }
  });
}

}  // namespace gridstride::cpu
