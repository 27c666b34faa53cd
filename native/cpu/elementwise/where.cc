#include "kernels/elementwise/where.h"

#include "native/cpu/run.h"
#include "native/cpu/strided_loop.h"

namespace gridstride::cpu {

namespace {

// Elements are only moved, so their size is all that matters.
template <class T>
void choose(const WhereArgs& args, Pool& pool) {
  const StridedLoop<4> loop(args.rank, args.sizes,
                            {args.condition_strides, args.a_strides, args.b_strides, args.y_strides});
  loop.run(pool, [&](const int64_t* at, int64_t n) {
    const uint8_t* condition = static_cast<const uint8_t*>(args.condition) + at[0];
    const T* a = static_cast<const T*>(args.a) + at[1];
    const T* b = static_cast<const T*>(args.b) + at[2];
    T* y = static_cast<T*>(args.y) + at[3];
    for (int64_t i = 0; i < n; ++i)
      y[i * loop.step(3)] = condition[i * loop.step(0)] ? a[i * loop.step(1)] : b[i * loop.step(2)];
  });
}

}  // namespace

void where(const WhereArgs& args, Run& run) {
  switch (dtype_size(args.dtype)) {
    case 1:
      return choose<uint8_t>(args, run.pool);
    case 2:
      return choose<uint16_t>(args, run.pool);
    case 4:
      return choose<uint32_t>(args, run.pool);
    default:
      return choose<uint64_t>(args, run.pool);
  }
}

}  // namespace gridstride::cpu
