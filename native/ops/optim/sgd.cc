#include "kernels/optim/sgd.h"

#include "native/ops/function.h"
#include "native/ops/launch.h"
#include "native/ops/optim/tensor_lists.h"

namespace gridstride::ops {

// Updates weights and momentum buffers (none: an empty list) in place; schedule and gradient_state as for adamw.
void sgd(const std::vector<Tensor>& weights, const std::vector<Tensor>& gradients, const std::vector<Tensor>& momenta,
         const Tensor& schedule, const std::optional<Tensor>& gradient_state, const std::vector<double>& weight_decays,
         const std::vector<double>& rate_factors, double momentum, bool nesterov) {
  const char* op = "sgd";
  if (weights.empty()) return;
  check_lists(op, "gradient", gradients, weights);
  check_lists(op, "weight", weights, weights);
  check_wide(op, "weight", weights, gradients);
  if (!momenta.empty()) {
    check_lists(op, "momentum", momenta, weights);
    check_wide(op, "momentum", momenta, gradients);
  }
  check_numbers(op, "weightDecays", weight_decays, weights.size());
  check_numbers(op, "rateFactors", rate_factors, weights.size());
  check_dtype(op, "schedule", schedule, DType::f32);
  check_shape(op, "schedule", schedule, {2});
  each_chunk(weights.size(), [&](size_t begin, int32_t count) {
    Launch<SgdArgs> launch(OpId::sgd);
    auto& args = launch.args;
    double elements = 0;
    for (int32_t i = 0; i < count; ++i) {
      const size_t at = begin + i;
      launch.update(args.weights[i], weights[at]);
      launch.read(args.gradients[i], gradients[at]);
      if (!momenta.empty()) launch.update(args.momenta[i], momenta[at]);
      args.counts[i] = weights[at].numel();
      args.weight_decays[i] = weight_decays[at];
      args.rate_factors[i] = rate_factors[at];
      args.dtypes[i] = gradients[at].dtype;
      elements += static_cast<double>(weights[at].numel());
    }
    launch.read(args.schedule, schedule);
    if (gradient_state) launch.read(args.gradient_state, *gradient_state);
    args.momentum = momentum;
    args.nesterov = nesterov;
    args.tensors = count;
    launch.submit(6 * elements);
  });
}
GS_EXPORT_OP(sgd, "weights", "gradients", "momenta", "schedule", "gradient_state", "weight_decays", "rate_factors",
             "momentum", "nesterov")

}  // namespace gridstride::ops
