// gradient <- gradient * scale for a list of tensors, the scale read on the device. A scale of exactly 1 writes
// nothing.
#pragma once

#include <cstdint>

#include "kernels/common/dtype.h"
#include "kernels/optim/tensor_list.h"

namespace gridstride {

struct ScaleGradientsArgs {
  void* gradients[kMaxTensors];
  const float* scale;  // (1), for example gradient_state + kGradientScale
  int64_t counts[kMaxTensors];
  int32_t tensors;
  DType dtypes[kMaxTensors];
};

}  // namespace gridstride
