// One block of an optimizer step, with the step's scalars worked out.
#pragma once

#include <cstdint>

#include "kernels/common/dtype.h"
#include "native/cpu/run.h"

namespace gridstride::cpu {

struct AdamWBlock {
  void* weight;
  const void* gradient;
  void* first_moment;
  void* second_moment;
  void* copy;  // null: none
  int64_t count;
  double scale;  // of the gradient
  double decay;  // lr * weight_decay
  double beta1, beta2, epsilon;
  double rate;            // lr / (1 - beta1^step)
  double inv_correction;  // 1 / sqrt(1 - beta2^step)
  DType dtype;            // of the gradient
  DType copy_dtype;
};

struct SgdBlock {
  void* weight;
  const void* gradient;
  void* momentum_buffer;  // null: no momentum
  void* copy;             // null: none
  int64_t count;
  double scale;
  double rate, weight_decay, momentum;
  bool nesterov;
  DType dtype;
  DType copy_dtype;
};

}  // namespace gridstride::cpu
