// Binary cross-entropy from logits, as torch.nn.functional.binary_cross_entropy_with_logits defines it:
//   loss = w * ((1 - t) * x + (1 + (pos_weight - 1) * t) * softplus(-x)), softplus(-x) = ln(1 + e^-|x|) + max(-x, 0);
//   dx = dloss * w * ((1 + (pos_weight - 1) * t) * (sigmoid(x) - 1) + (1 - t)), over count for mean.
// Terms are in double; the sum is over fixed chunks of elements, then over the chunks.
#pragma once

#include <cstdint>

#include "kernels/common/dtype.h"
#include "kernels/common/reduction.h"

namespace gridstride {

struct BceWithLogitsForwardArgs {
  const void* x;           // (count) logits
  const void* target;      // (count) target_dtype
  const void* weight;      // (weight_count) f32 (f64 for f64), repeated over the elements; null: 1
  const void* pos_weight;  // (pos_weight_count) f32 (f64 for f64), repeated over the elements; null: 1
  void* loss;              // (1), or (count) for none; f32 (f64 for f64)
  int64_t count;
  int64_t weight_count;      // divides count
  int64_t pos_weight_count;  // divides count: the number of labels
  Reduction reduction;       // none, mean or sum
  DType dtype;
  DType target_dtype;
};

struct BceWithLogitsBackwardArgs {
  const void* x;
  const void* target;
  const void* weight;
  const void* pos_weight;
  const void* dloss;  // (1), or (count) for none; f32 (f64 for f64)
  void* dx;           // (count)
  int64_t count;
  int64_t weight_count;
  int64_t pos_weight_count;
  Reduction reduction;
  DType dtype;
  DType target_dtype;
};

}  // namespace gridstride
