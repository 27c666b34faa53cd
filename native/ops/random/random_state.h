// The random state of a device: i64 (2), seed and base offset.
#pragma once

#include "native/core/device.h"
#include "native/ops/check.h"

namespace gridstride::ops {

inline void check_random_state(const char* op, const Tensor& state) {
  check_dtype(op, "the random state", state, DType::i64);
  check_shape(op, "the random state", state, {2});
}

}  // namespace gridstride::ops
