#include "kernels/elementwise/fill.h"

#include "native/cpu/run.h"
#include "native/cpu/storage.h"
#include "native/cpu/strided_loop.h"

namespace gridstride::cpu {

void fill(const FillArgs& args, Run& run) {
  const StridedLoop<1> loop(args.rank, args.sizes, {args.y_strides});
  with_any(args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T value = from_double<T>(args.value);
    loop.run(run.pool, [&](const int64_t* at, int64_t n) {
      T* y = static_cast<T*>(args.y) + at[0];
      if (loop.step(0) == 1) {
        std::fill(y, y + n, value);
        return;
      }
      for (int64_t i = 0; i < n; ++i) y[i * loop.step(0)] = value;
    });
  });
}

}  // namespace gridstride::cpu
