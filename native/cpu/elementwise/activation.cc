#include "kernels/math/activation.h"

#include "kernels/elementwise/activation.h"
#include "native/cpu/run.h"
#include "native/cpu/storage.h"

GS_PER_ISA(void activation_forward(const ActivationForwardArgs&, Run&);)
GS_PER_ISA(void activation_backward(const ActivationBackwardArgs&, Run&);)

namespace gridstride::cpu {

namespace {

constexpr int64_t kGrain = 4096;

}  // namespace

void activation_forward(const ActivationForwardArgs& args, Run& run) {
  if (!run.is_reference() && is_vectorised(args.dtype)) {
    GS_DISPATCH(run.isa, activation_forward, args, run);
    return;
  }
  with_floating("activation", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T* x = static_cast<const T*>(args.x);
    T* y = static_cast<T*>(args.y);
    run.pool.ranges(args.count, kGrain, [&](int64_t begin, int64_t end, int) {
      for (int64_t i = begin; i < end; ++i) y[i] = narrow<T>(activation_value(args.kind, widen(x[i])));
    });
  });
}

void activation_backward(const ActivationBackwardArgs& args, Run& run) {
  if (!run.is_reference() && is_vectorised(args.dtype)) {
    GS_DISPATCH(run.isa, activation_backward, args, run);
    return;
  }
  with_floating("activation", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T* x = static_cast<const T*>(args.x);
    const T* dy = static_cast<const T*>(args.dy);
    T* dx = static_cast<T*>(args.dx);
    run.pool.ranges(args.count, kGrain, [&](int64_t begin, int64_t end, int) {
      for (int64_t i = begin; i < end; ++i)
        dx[i] = narrow<T>(activation_derivative(args.kind, widen(x[i])) * widen(dy[i]));
    });
  });
}

}  // namespace gridstride::cpu
