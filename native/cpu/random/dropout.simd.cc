#include "kernels/random/dropout.h"

#include "native/cpu/run.h"
#include "native/cpu/simd/dropout.h"

GS_PER_ISA(void dropout(const DropoutArgs&, Run&);)

namespace gridstride::cpu::GS_ISA {

void dropout(const DropoutArgs& args, Run& run) {
  constexpr int64_t kGrain = 16384;  // a multiple of what one call of Philox covers
  const DropoutMask mask({args.stream, args.p});
  with_storage(args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    run.pool.ranges(args.count, kGrain, [&](int64_t begin, int64_t end, int) {
      const T* x = static_cast<const T*>(args.x) + begin;
      T* y = static_cast<T*>(args.y) + begin;
      mask.each(begin, end - begin, [&](int64_t i, int64_t m, VecInt kept) {
        store_some(y + i, mask.apply(load_some(x + i, m), kept), m);
      });
    });
  });
}

}  // namespace gridstride::cpu::GS_ISA
