#include "kernels/loss/mse.h"

#include "native/cpu/loss/pointwise.h"

namespace gridstride::cpu {

void mse_forward(const MseForwardArgs& args, Run& run) {
  const double divisor = loss_divisor(args.reduction, args.count, 1);
  with_floating("mse", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T* x = static_cast<const T*>(args.x);
    reduce_terms(static_cast<Statistic<T>*>(args.loss), args.count, args.reduction, divisor, run, [&](int64_t i) {
      const double difference = widen(x[i]) - number_at(args.target, args.target_dtype, i);
      return difference * difference;
    });
  });
}

void mse_backward(const MseBackwardArgs& args, Run& run) {
  const double divisor = loss_divisor(args.reduction, args.count, 1);
  with_floating("mse", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T* x = static_cast<const T*>(args.x);
    spread_gradient(args.dloss, static_cast<T*>(args.dx), args.count, args.reduction, divisor, run.pool,
                    [&](int64_t i) { return 2 * (widen(x[i]) - number_at(args.target, args.target_dtype, i)); });
  });
}

}  // namespace gridstride::cpu
