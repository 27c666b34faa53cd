// Cross-entropy of softmax, as torch.nn.functional.cross_entropy defines it, without a (T, V) copy. With label y of a
// row, p = softmax(logits), weights w (1 if absent), e = label_smoothing:
//   loss = -(1 - e) * w[y] * ln p[y] - e / V * sum over v of w[v] * ln p[v]; 0 where y = ignore_index.
// mean divides the sum by the sum of w[y] over rows not ignored (the normaliser): NaN if there are none, as in PyTorch.
//   dlogits[v] = g * ((1 - e) * w[y] * (p[v] - [v = y]) + e / V * (p[v] * sum(w) - w[v])),
// g = dloss, over the normaliser for mean. Rows are f32 (f64 for f64); the sum over rows is in double, in row order.
// A label outside [0, V) other than ignore_index throws Error(kData).
#pragma once

#include <cstdint>

#include "kernels/common/dtype.h"
#include "kernels/common/reduction.h"

namespace gridstride {

struct CrossEntropyForwardArgs {
  const void* logits;   // (T, V), rows logits_stride apart
  const void* labels;   // (T) i64 or i32
  const void* weights;  // (V) f32 (f64 for f64), null: 1
  void* loss;           // (1), or (T) for none; f32 (f64 for f64)
  void* lse;            // (T) f32, ln of the sum of exp(logits); 0 for ignored rows
  void* normaliser;     // (1) f32, what the sum is divided by (1 for sum and none)
  int64_t rows;         // T
  int64_t classes;      // V
  int64_t logits_stride;
  int64_t ignore_index;
  double label_smoothing;
  Reduction reduction;  // none, mean or sum
  DType dtype;          // of the logits
  DType label_dtype;
};

struct CrossEntropyBackwardArgs {
  const void* logits;      // (T, V), rows logits_stride apart
  const void* labels;      // (T)
  const void* weights;     // (V) f32, null: 1
  const void* lse;         // (T)
  const void* normaliser;  // (1)
  const void* dloss;       // (1), or (T) for none; f32 (f64 for f64)
  void* dlogits;           // (T, V), rows dlogits_stride apart; may be the logits
  int64_t rows;            // T
  int64_t classes;         // V
  int64_t logits_stride;
  int64_t dlogits_stride;
  int64_t ignore_index;
  double label_smoothing;
  Reduction reduction;
  DType dtype;
  DType label_dtype;
};

}  // namespace gridstride
