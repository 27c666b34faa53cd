// Kullback-Leibler divergence, as torch.nn.functional.kl_div defines it. x holds log-probabilities, t probabilities
// (loss = t * (ln t - x), 0 where t is 0) or, with log_target, log-probabilities (loss = e^t * (t - x)).
// dx = -dloss * t (or e^t), over count for mean and over batch for batch_mean. The target gets no gradient.
// Terms are in double; the sum is over fixed chunks of elements, then over the chunks.
#pragma once

#include <cstdint>

#include "kernels/common/dtype.h"
#include "kernels/common/reduction.h"

namespace gridstride {

struct KlDivForwardArgs {
  const void* x;       // (count)
  const void* target;  // (count) target_dtype
  void* loss;          // (1), or (count) for none; f32 (f64 for f64)
  int64_t count;
  int64_t batch;  // size of the first dimension
  Reduction reduction;
  int32_t log_target;
  DType dtype;
  DType target_dtype;
};

struct KlDivBackwardArgs {
  const void* x;
  const void* target;
  const void* dloss;  // (1), or (count) for none; f32 (f64 for f64)
  void* dx;           // (count)
  int64_t count;
  int64_t batch;
  Reduction reduction;
  int32_t log_target;
  DType dtype;
  DType target_dtype;
};

}  // namespace gridstride
