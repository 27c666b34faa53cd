#include "native/cpu/gemm/finish.h"

#include "native/cpu/gemm/pack.h"
#include "native/cpu/simd/activation.h"

namespace gridstride::cpu::GS_ISA {

namespace {

template <class T, Activation kActivation>
void finish_row(const GemmOutput& c, const float* sums, int64_t batch_offset, int64_t row, int64_t col, int64_t cols) {
  const T* bias = c.bias ? static_cast<const T*>(c.bias) + col : nullptr;
  const T* residual = c.residual ? static_cast<const T*>(c.residual) + row * c.residual_row + col : nullptr;
  T* kept = c.pre_activation ? static_cast<T*>(c.pre_activation) + row * c.pre_activation_row + col : nullptr;
  T* out = static_cast<T*>(c.data) + batch_offset + row * c.row + col;
  for (int64_t j = 0; j < cols; j += kLanes) {
    const int64_t left = cols - j;
    Vec z = load(sums + j) * c.alpha;
    if (bias) z += load_up_to(bias + j, left);
    if (kept) store_up_to(kept + j, z, left);
    z = activation_value<kActivation>(z);
    if (residual) z += load_up_to(residual + j, left);
    store_up_to(out + j, z, left);
  }
}

}  // namespace

void finish_rows(const GemmOutput& c, const float* sums, int64_t sums_row, int64_t batch_offset, int64_t row,
                 int64_t rows, int64_t col, int64_t cols) {
  with_storage(c.dtype, [&](auto tag) {
    with_activation(c.activation, [&](auto kind) {
      for (int64_t i = 0; i < rows; ++i)
        finish_row<typename decltype(tag)::type, decltype(kind)::value>(c, sums + i * sums_row, batch_offset, row + i,
                                                                        col, cols);
    });
  });
}

}  // namespace gridstride::cpu::GS_ISA
