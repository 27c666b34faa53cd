#include "native/cpu/embedding/scatter_rows.h"

#include "native/cpu/simd/sum.h"

GS_PER_ISA(void sum_rows(const RowSum& args);)

namespace gridstride::cpu::GS_ISA {

// f32 sums grow in place; others in `scratch`, to be rounded once.
void sum_rows(const RowSum& args) {
  float* total = args.sum_dtype == DType::f32 ? static_cast<float*>(args.sum) : args.scratch;
  with_storage(args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T* rows = static_cast<const T*>(args.rows);
    for (int64_t k = 0; k < args.n; ++k) {
      const T* row = rows + args.order[k] * args.inner;
      if (k == 0)
        each_vector(args.inner, [&](int64_t i, int64_t m) { store_some(total + i, load_some(row + i, m), m); });
      else
        each_vector(args.inner, [&](int64_t i, int64_t m) {
          store_some(total + i, load_some(total + i, m) + load_some(row + i, m), m);
        });
    }
  });
  if (args.sum_dtype == DType::f32) return;
  with_storage(args.sum_dtype, [&](auto tag) {
    auto* sum = static_cast<typename decltype(tag)::type*>(args.sum);
    each_vector(args.inner, [&](int64_t i, int64_t m) { store_some(sum + i, load_some(total + i, m), m); });
  });
}

}  // namespace gridstride::cpu::GS_ISA
