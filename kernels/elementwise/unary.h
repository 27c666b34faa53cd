// y = f(x), element by element, on tensors of any stride. Floating dtypes compute in f32 (f64 for f64); neg, abs, sign
// and square take integers too. is_nan, is_finite and logical_not write booleans; logical_not takes any dtype.
#pragma once

#include <cstdint>

#include "kernels/common/dtype.h"
#include "kernels/common/strided.h"

namespace gridstride {

enum class UnaryOp : int32_t {
  neg,
  abs,
  sign,
  square,
  reciprocal,
  sqrt,
  rsqrt,
  exp,
  log,
  erf,
  sin,
  cos,
  floor,
  ceil,
  is_nan,
  is_finite,
  logical_not
};
constexpr int kUnaryOpCount = 17;
constexpr bool gives_boolean(UnaryOp op) { return op >= UnaryOp::is_nan; }

struct UnaryArgs {
  const void* x;
  void* y;  // `dtype`, or boolean where gives_boolean(op)
  int64_t sizes[kMaxRank];
  int64_t x_strides[kMaxRank];
  int64_t y_strides[kMaxRank];
  int32_t rank;
  UnaryOp op;
  DType dtype;
};

}  // namespace gridstride
