#include "kernels/elementwise/activation.h"

#include "native/cpu/run.h"
#include "native/cpu/simd/activation.h"
#include "native/cpu/simd/storage.h"

GS_PER_ISA(void activation_forward(const ActivationForwardArgs&, Run&);)
GS_PER_ISA(void activation_backward(const ActivationBackwardArgs&, Run&);)

namespace gridstride::cpu::GS_ISA {

namespace {

constexpr int64_t kGrain = 16384;

}  // namespace

void activation_forward(const ActivationForwardArgs& args, Run& run) {
  with_storage(args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T* x = static_cast<const T*>(args.x);
    T* y = static_cast<T*>(args.y);
    with_activation(args.kind, [&](auto kind) {
      run.pool.ranges(args.count, kGrain, [&](int64_t begin, int64_t end, int) {
        int64_t i = begin;
        for (; i + kLanes <= end; i += kLanes) store(y + i, activation_value<kind.value>(load(x + i)));
        if (i < end) store_part(y + i, activation_value<kind.value>(load_part(x + i, end - i)), end - i);
      });
    });
  });
}

void activation_backward(const ActivationBackwardArgs& args, Run& run) {
  with_storage(args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T* x = static_cast<const T*>(args.x);
    const T* dy = static_cast<const T*>(args.dy);
    T* dx = static_cast<T*>(args.dx);
    with_activation(args.kind, [&](auto kind) {
      run.pool.ranges(args.count, kGrain, [&](int64_t begin, int64_t end, int) {
        for (int64_t i = begin; i < end; i += kLanes) {
          const int64_t n = end - i < kLanes ? end - i : kLanes;
          const Vec slope = activation_derivative<kind.value>(load_some(x + i, n));
          store_some(dx + i, slope * load_some(dy + i, n), n);
        }
      });
    });
  });
}

}  // namespace gridstride::cpu::GS_ISA
