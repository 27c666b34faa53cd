#include "native/cpu/elementwise/rows.h"
#include "native/cpu/isa.h"
#include "native/cpu/simd/storage.h"

GS_PER_ISA(void find_cast_row(DType from, DType to, UnaryRow* row);)

namespace gridstride::cpu::GS_ISA {

namespace {

template <class S, class D>
void row(int64_t n, const void* x, int64_t x_stride, void* y, int64_t y_stride) {
  const S* from = static_cast<const S*>(x);
  D* to = static_cast<D*>(y);
  int64_t i = 0;
  if (x_stride == 1 && y_stride == 1)
    for (; i + kLanes <= n; i += kLanes) store(to + i, load(from + i));
  for (; i < n; i += kLanes) {
    const int64_t m = n - i < kLanes ? n - i : kLanes;
    store_strided(to + i * y_stride, load_strided(from + i * x_stride, x_stride, m), y_stride, m);
  }
}

}  // namespace

// Leaves `row` as it is unless both dtypes are f32, bf16 or f16.
void find_cast_row(DType from, DType to, UnaryRow* found) {
  with_storage(from, [&](auto source) {
    with_storage(to,
                 [&](auto target) { *found = row<typename decltype(source)::type, typename decltype(target)::type>; });
  });
}

}  // namespace gridstride::cpu::GS_ISA
