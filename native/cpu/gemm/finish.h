// From f32 sums to the output: scale, bias, activation, residual and the one rounding.
#pragma once

#include "native/cpu/gemm/gemm.h"

namespace gridstride::cpu::GS_ISA {

// The sums are the output as they stand.
static inline bool is_plain(const GemmOutput& c) {
  return c.dtype == DType::f32 && c.alpha == 1.0f && !c.bias && !c.residual && !c.pre_activation &&
         c.activation == Activation::none;
}

// sums: rows x cols, rows sums_row apart, each readable to a whole number of vectors. They become C's block at
// (row, col) of the batch that begins at batch_offset.
void finish_rows(const GemmOutput& c, const float* sums, int64_t sums_row, int64_t batch_offset, int64_t row,
                 int64_t rows, int64_t col, int64_t cols);

}  // namespace gridstride::cpu::GS_ISA
