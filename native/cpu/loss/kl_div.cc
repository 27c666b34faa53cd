#include "kernels/loss/kl_div.h"

#include <cmath>

#include "native/cpu/loss/pointwise.h"

namespace gridstride::cpu {

void kl_div_forward(const KlDivForwardArgs& args, Run& run) {
  const double divisor = loss_divisor(args.reduction, args.count, args.batch);
  with_floating("kl_div", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T* x = static_cast<const T*>(args.x);
    reduce_terms(static_cast<Statistic<T>*>(args.loss), args.count, args.reduction, divisor, run, [&](int64_t i) {
      const double target = number_at(args.target, args.target_dtype, i);
      if (args.log_target) return std::exp(target) * (target - widen(x[i]));
      return target == 0 ? 0.0 : target * (std::log(target) - widen(x[i]));
    });
  });
}

void kl_div_backward(const KlDivBackwardArgs& args, Run& run) {
  const double divisor = loss_divisor(args.reduction, args.count, args.batch);
  with_floating("kl_div", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    spread_gradient(args.dloss, static_cast<T*>(args.dx), args.count, args.reduction, divisor, run.pool,
                    [&](int64_t i) {
                      const double target = number_at(args.target, args.target_dtype, i);
                      return args.log_target ? -std::exp(target) : -target;
                    });
  });
}

}  // namespace gridstride::cpu
