#include "kernels/loss/softmax.h"

#include <algorithm>
#include <cmath>

#include "native/cpu/run.h"
#include "native/cpu/storage.h"

GS_PER_ISA(void softmax_forward(const SoftmaxForwardArgs&, Run&);)
GS_PER_ISA(void softmax_backward(const SoftmaxBackwardArgs&, Run&);)

namespace gridstride::cpu {

void softmax_forward(const SoftmaxForwardArgs& args, Run& run) {
  if (!run.is_reference() && is_vectorised(args.dtype)) {
    GS_DISPATCH(run.isa, softmax_forward, args, run);
    return;
  }
  with_floating("softmax", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    run.pool.parallel(args.rows, [&](int64_t r, int) {
      const T* x = static_cast<const T*>(args.x) + r * args.x_stride;
      T* y = static_cast<T*>(args.y) + r * args.columns;
      double top = -INFINITY, total = 0;
      for (int64_t i = 0; i < args.columns; ++i) top = std::max(top, widen(x[i]));
      for (int64_t i = 0; i < args.columns; ++i) total += std::exp(widen(x[i]) - top);
      for (int64_t i = 0; i < args.columns; ++i) {
        const double shifted = widen(x[i]) - top;
        y[i] = narrow<T>(args.logarithm ? shifted - std::log(total) : std::exp(shifted) / total);
      }
    });
  });
}

void softmax_backward(const SoftmaxBackwardArgs& args, Run& run) {
  if (!run.is_reference() && is_vectorised(args.dtype)) {
    GS_DISPATCH(run.isa, softmax_backward, args, run);
    return;
  }
  with_floating("softmax", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    run.pool.parallel(args.rows, [&](int64_t r, int) {
      const T* y = static_cast<const T*>(args.y) + r * args.columns;
      const T* dy = static_cast<const T*>(args.dy) + r * args.columns;
      T* dx = static_cast<T*>(args.dx) + r * args.columns;
      double total = 0;
      for (int64_t i = 0; i < args.columns; ++i) total += widen(dy[i]) * (args.logarithm ? 1.0 : widen(y[i]));
      for (int64_t i = 0; i < args.columns; ++i) {
        const double value =
            args.logarithm ? widen(dy[i]) - std::exp(widen(y[i])) * total : widen(y[i]) * (widen(dy[i]) - total);
        dx[i] = narrow<T>(value);
      }
    });
  });
}

}  // namespace gridstride::cpu
