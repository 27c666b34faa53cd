#include "native/cpu/run.h"
#include "native/cpu/simd/sum.h"

GS_PER_ISA(void square_sum(const void* x, int64_t count, DType dtype, double* sum);)
GS_PER_ISA(void scale_block(void* x, int64_t count, DType dtype, float scale);)

namespace gridstride::cpu::GS_ISA {

void square_sum(const void* x, int64_t count, DType dtype, double* sum) {
  with_storage(dtype, [&](auto tag) {
    const auto* values = static_cast<const typename decltype(tag)::type*>(x);
    *sum = sum_terms(count, [&](int64_t i, int64_t n) {
      const Vec v = load_some(values + i, n);
      return v * v;
    });
  });
}

void scale_block(void* x, int64_t count, DType dtype, float scale) {
  with_storage(dtype, [&](auto tag) {
    auto* values = static_cast<typename decltype(tag)::type*>(x);
    each_vector(count, [&](int64_t i, int64_t n) { store_some(values + i, load_some(values + i, n) * scale, n); });
  });
}

}  // namespace gridstride::cpu::GS_ISA
