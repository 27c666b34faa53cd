#include "kernels/optim/adamw.h"

#include "native/ops/function.h"
#include "native/ops/launch.h"
#include "native/ops/optim/tensor_lists.h"

namespace gridstride::ops {

// Updates weights and moments in place. schedule (2) and gradient_state (4) are read on the device; see the kernel.
void adamw(const std::vector<Tensor>& weights, const std::vector<Tensor>& gradients,
           const std::vector<Tensor>& first_moments, const std::vector<Tensor>& second_moments, const Tensor& schedule,
           const std::optional<Tensor>& gradient_state, const std::vector<double>& weight_decays,
           const std::vector<double>& rate_factors, double beta1, double beta2, double epsilon) {
  const char* op = "adamw";
  if (weights.empty()) return;
  check_lists(op, "gradient", gradients, weights);
  check_lists(op, "first moment", first_moments, weights);
  check_lists(op, "second moment", second_moments, weights);
  check_lists(op, "weight", weights, weights);
  check_wide(op, "weight", weights, gradients);
  check_wide(op, "first moment", first_moments, gradients);
  check_wide(op, "second moment", second_moments, gradients);
  check_numbers(op, "weightDecays", weight_decays, weights.size());
  check_numbers(op, "rateFactors", rate_factors, weights.size());
  check_dtype(op, "schedule", schedule, DType::f32);
  check_shape(op, "schedule", schedule, {2});
  each_chunk(weights.size(), [&](size_t begin, int32_t count) {
    Launch<AdamWArgs> launch(OpId::adamw);
    auto& args = launch.args;
    double elements = 0;
    for (int32_t i = 0; i < count; ++i) {
      const size_t at = begin + i;
      launch.update(args.weights[i], weights[at]);
      launch.read(args.gradients[i], gradients[at]);
      launch.update(args.first_moments[i], first_moments[at]);
      launch.update(args.second_moments[i], second_moments[at]);
      args.counts[i] = weights[at].numel();
      args.weight_decays[i] = weight_decays[at];
      args.rate_factors[i] = rate_factors[at];
      args.dtypes[i] = gradients[at].dtype;
      elements += static_cast<double>(weights[at].numel());
    }
    launch.read(args.schedule, schedule);
    if (gradient_state) launch.read(args.gradient_state, *gradient_state);
    args.beta1 = beta1;
    args.beta2 = beta2;
    args.epsilon = epsilon;
    args.tensors = count;
    launch.submit(12 * elements);
  });
}
GS_EXPORT_OP(adamw, "weights", "gradients", "first_moments", "second_moments", "schedule", "gradient_state",
             "weight_decays", "rate_factors", "beta1", "beta2", "epsilon")

}  // namespace gridstride::ops
