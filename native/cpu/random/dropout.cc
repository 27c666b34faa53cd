#include "kernels/random/dropout.h"

#include <cstring>

#include "native/cpu/random/draw.h"
#include "native/cpu/run.h"
#include "native/cpu/storage.h"

GS_PER_ISA(void dropout(const DropoutArgs&, Run&);)

namespace gridstride::cpu {

void dropout(const DropoutArgs& args, Run& run) {
  if (args.count == 0) return;
  if (args.p >= 1.0) {
    memset(args.y, 0, static_cast<size_t>(args.count * dtype_size(args.dtype)));
    return;
  }
  if (!run.is_reference() && is_vectorised(args.dtype)) {
    GS_DISPATCH(run.isa, dropout, args, run);
    return;
  }
  const uint32_t threshold = dropout_threshold(args.p);
  const double scale = 1.0 / (1.0 - args.p);
  with_floating("dropout", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T* x = static_cast<const T*>(args.x);
    T* y = static_cast<T*>(args.y);
    each_counter(run.pool, args.stream, args.count, [&](int64_t first, const uint32_t* words, int64_t n) {
      for (int64_t j = 0; j < n; ++j) {
        const double value = words[j] >= threshold ? widen(x[first + j]) * scale : 0.0;
        y[first + j] = narrow<T>(value);
      }
    });
  });
}

}  // namespace gridstride::cpu
