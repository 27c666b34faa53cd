// y = f(a, b), element by element, with broadcasting (stride 0) and any strides. Floating dtypes compute in f32 (f64
// for f64), integers in i64; integer division truncates and by zero throws. maximum and minimum give NaN when either is
// NaN. Comparisons and logical ops write booleans. A null operand stands for the constant `scalar`.
#pragma once

#include <cstdint>

#include "kernels/common/dtype.h"
#include "kernels/common/strided.h"

namespace gridstride {

enum class BinaryOp : int32_t {
  add,
  sub,
  mul,
  div,
  pow,
  maximum,
  minimum,
  eq,
  ne,
  lt,
  le,
  gt,
  ge,
  logical_and,
  logical_or
};
constexpr int kBinaryOpCount = 15;
constexpr bool gives_boolean(BinaryOp op) { return op >= BinaryOp::eq; }

struct BinaryArgs {
  const void* a;  // null: `scalar` (then b is not null)
  const void* b;  // null: `scalar`
  void* y;        // `dtype`, or boolean where gives_boolean(op)
  int64_t sizes[kMaxRank];
  int64_t a_strides[kMaxRank];
  int64_t b_strides[kMaxRank];
  int64_t y_strides[kMaxRank];
  double scalar;
  int32_t rank;
  BinaryOp op;
  DType dtype;  // of a and b
};

}  // namespace gridstride
