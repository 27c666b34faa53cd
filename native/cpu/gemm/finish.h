// From f32 sums to the output: scale, bias, activation, residual and the one rounding.
#pragma once

#include "native/cpu/gemm/pack.h"
#include "native/cpu/gemm/vector_math.h"

namespace gridstride::cpu::GS_ISA {

// The sums are the output as they stand.
static inline bool is_plain(const GemmOutput& c) {
  return c.dtype == DType::f32 && c.alpha == 1.0f && !c.bias && !c.residual && !c.pre_activation &&
         c.activation == Activation::none;
}

template <class T>
static inline void finish_row(const GemmOutput& c, const float* sums, int64_t batch_offset, int64_t row, int64_t col,
                              int64_t cols) {
  const T* bias = c.bias ? static_cast<const T*>(c.bias) + col : nullptr;
  const T* residual = c.residual ? static_cast<const T*>(c.residual) + row * c.residual_row + col : nullptr;
  T* kept = c.pre_activation ? static_cast<T*>(c.pre_activation) + row * c.pre_activation_row + col : nullptr;
  T* out = static_cast<T*>(c.data) + batch_offset + row * c.row + col;
  for (int64_t j = 0; j < cols; j += kLanes) {
    const int64_t left = cols - j;
    Vec z = load(sums + j) * c.alpha;
    if (bias) z += load_up_to(bias + j, left);
    if (kept) store_up_to(kept + j, z, left);
    z = activate(c.activation, z);
    if (residual) z += load_up_to(residual + j, left);
    store_up_to(out + j, z, left);
  }
}

// sums: rows x cols, rows sums_row apart, each readable to a whole number of vectors.
static inline void finish_rows(const GemmOutput& c, const float* sums, int64_t sums_row, int64_t batch_offset,
                               int64_t row, int64_t rows, int64_t col, int64_t cols) {
  by_storage(c.dtype, [&](auto tag) {
    using T = typename decltype(tag)::Type;
    for (int64_t i = 0; i < rows; ++i) finish_row<T>(c, sums + i * sums_row, batch_offset, row + i, col, cols);
  });
}

}  // namespace gridstride::cpu::GS_ISA
