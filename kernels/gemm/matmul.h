// Batched matrix product C[o, i] = alpha * A[o, i] B[o, i] over two batch dimensions (outer o, inner i).
// A (m, k) and B (k, n) have any row and column strides, so a transposed operand is one with its strides exchanged, and
// any batch strides (0 repeats an operand); C has unit column stride and must not overlap A or B.
// Products are summed in f32 (f64 for dtype f64), k in order, and rounded once to c_dtype. k = 0 gives zeros.
#pragma once

#include <cstdint>

#include "kernels/common/dtype.h"

namespace gridstride {

struct MatmulForwardArgs {
  const void* a;  // (outer, inner, m, k)
  const void* b;  // (outer, inner, k, n)
  void* c;        // (outer, inner, m, n)
  int64_t outer, inner, m, n, k;
  int64_t a_outer_stride, a_inner_stride, a_row_stride, a_col_stride;
  int64_t b_outer_stride, b_inner_stride, b_row_stride, b_col_stride;
  int64_t c_outer_stride, c_inner_stride, c_row_stride;
  double alpha;
  DType dtype;    // of A and B: f32, bf16, f16, f64
  DType c_dtype;  // dtype or f32 (dtype f64: f64)
};

}  // namespace gridstride
