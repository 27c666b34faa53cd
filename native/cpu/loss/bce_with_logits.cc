#include "kernels/loss/bce_with_logits.h"

#include <algorithm>
#include <cmath>

#include "kernels/math/activation.h"
#include "native/cpu/loss/pointwise.h"

namespace gridstride::cpu {

namespace {

// Weights of element i: of the whole term, and of its softplus.
template <class T>
struct Weights {
  template <class Args>
  explicit Weights(const Args& args)
      : weight_(static_cast<const Statistic<T>*>(args.weight)),
        pos_weight_(static_cast<const Statistic<T>*>(args.pos_weight)),
        weight_count_(args.weight_count),
        pos_weight_count_(args.pos_weight_count) {}
  double term(int64_t i) const { return weight_ ? weight_[i % weight_count_] : 1.0; }
  double softplus(int64_t i, double target) const {
    return pos_weight_ ? 1 + (pos_weight_[i % pos_weight_count_] - 1.0) * target : 1.0;
  }

 private:
  const Statistic<T>* weight_;
  const Statistic<T>* pos_weight_;
  int64_t weight_count_, pos_weight_count_;
};

}  // namespace

void bce_with_logits_forward(const BceWithLogitsForwardArgs& args, Run& run) {
  const double divisor = loss_divisor(args.reduction, args.count, 1);
  with_floating("bce_with_logits", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T* x = static_cast<const T*>(args.x);
    const Weights<T> weights(args);
    reduce_terms(static_cast<Statistic<T>*>(args.loss), args.count, args.reduction, divisor, run, [&](int64_t i) {
      const double logit = widen(x[i]), target = number_at(args.target, args.target_dtype, i);
      const double softplus = std::log1p(std::exp(-std::abs(logit))) + std::max(-logit, 0.0);
      return weights.term(i) * ((1 - target) * logit + weights.softplus(i, target) * softplus);
    });
  });
}

void bce_with_logits_backward(const BceWithLogitsBackwardArgs& args, Run& run) {
  const double divisor = loss_divisor(args.reduction, args.count, 1);
  with_floating("bce_with_logits", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T* x = static_cast<const T*>(args.x);
    const Weights<T> weights(args);
    spread_gradient(args.dloss, static_cast<T*>(args.dx), args.count, args.reduction, divisor, run.pool,
                    [&](int64_t i) {
                      const double logit = widen(x[i]), target = number_at(args.target, args.target_dtype, i);
                      return weights.term(i) * (weights.softplus(i, target) * -sigmoid(-logit) + (1 - target));
                    });
  });
}

}  // namespace gridstride::cpu
