// Row functions: the inner loop of an elementwise op for one op and dtype, found once per call. Strides in elements.
#pragma once

#include <cstdint>

#include "kernels/elementwise/binary.h"
#include "kernels/elementwise/unary.h"

namespace gridstride::cpu {

using UnaryRow = void (*)(int64_t n, const void* x, int64_t x_stride, void* y, int64_t y_stride);

// The row function that converts between two dtypes (cast.cc).
struct Run;
UnaryRow cast_row(DType from, DType to, const Run& run);

struct BinaryRowArgs {
  int64_t n;
  const void* a;
  const void* b;
  void* y;
  int64_t a_stride, b_stride, y_stride;
};
using BinaryRow = void (*)(const BinaryRowArgs&);

}  // namespace gridstride::cpu
