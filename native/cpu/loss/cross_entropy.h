// What one row of cross-entropy needs beside its logits, the same for the forward and the backward pass.
#pragma once

#include <cstdint>

#include "kernels/common/dtype.h"
#include "native/cpu/run.h"

namespace gridstride::cpu {

struct CrossEntropyRow {
  const void* logits;
  void* dlogits;        // backward
  const void* weights;  // (V) f32, null: 1
  int64_t classes;
  int64_t label;  // in [0, V)
  float label_smoothing;
  float weight_total;  // sum of weights, V without any
  float lse;           // forward: out
  float loss;          // forward: out
  float scale;         // backward: dloss over the normaliser
  DType dtype;
};

}  // namespace gridstride::cpu
