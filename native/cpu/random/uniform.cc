#include "kernels/random/uniform.h"

#include "native/cpu/random/draw.h"
#include "native/cpu/run.h"
#include "native/cpu/storage.h"

namespace gridstride::cpu {

void uniform(const UniformArgs& args, Run& run) {
  with_floating("uniform", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    T* y = static_cast<T*>(args.y);
    const double width = args.high - args.low;
    each_counter(run.pool, args.stream, args.count, [&](int64_t first, const uint32_t* words, int64_t n) {
      for (int64_t j = 0; j < n; ++j) y[first + j] = narrow<T>(args.low + width * ((words[j] >> 8) * 0x1p-24));
    });
  });
}

}  // namespace gridstride::cpu
