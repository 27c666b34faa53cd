#include "kernels/optim/adamw.h"

#include "native/ops/function.h"
#include "native/ops/launch.h"
#include "native/ops/optim/tensor_lists.h"

namespace gridstride::ops {

// One AdamW step of every weight, in place. `copies` has none, or one per weight: the weights in their dtype.
void adamw(const std::vector<Tensor>& weights, const std::vector<Tensor>& gradients,
           const std::vector<Tensor>& first_moments, const std::vector<Tensor>& second_moments,
           const std::vector<Tensor>& copies, const Tensor& schedule, const std::optional<Tensor>& gradient_state,
           const std::vector<double>& weight_decays, const std::vector<double>& rate_factors, double beta1,
           double beta2, double epsilon) {
  check_update("adamw", weights, gradients, schedule);
  check_beside("adamw", "first moments", weights, first_moments);
  check_beside("adamw", "second moments", weights, second_moments);
  check_copies("adamw", weights, copies);
  check_numbers("adamw", "weight decays", weight_decays, weights.size());
  check_numbers("adamw", "rate factors", rate_factors, weights.size());
  in_parts(weights.size(), [&](size_t first, int32_t count) {
    Launch<AdamWArgs> launch(OpId::adamw);
    auto& args = launch.args;
    double elements = 0;
    for (int32_t i = 0; i < count; ++i) {
      const size_t at = first + static_cast<size_t>(i);
      launch.update(args.weights[i], weights[at]);
      launch.read(args.gradients[i], gradients[at]);
      launch.update(args.first_moments[i], first_moments[at]);
      launch.update(args.second_moments[i], second_moments[at]);
      if (!copies.empty()) launch.update(args.copies[i], copies[at]);
      args.counts[i] = weights[at].numel();
      args.weight_decays[i] = weight_decays[at];
      args.rate_factors[i] = rate_factors[at];
      args.dtypes[i] = gradients[at].dtype;
      elements += static_cast<double>(args.counts[i]);
    }
    launch.read(args.schedule, schedule);
    launch.read(args.gradient_state, gradient_state.value_or(Tensor{}));
    args.beta1 = beta1;
    args.beta2 = beta2;
    args.epsilon = epsilon;
    args.tensors = count;
    args.copy_dtype = copies.empty() ? DType::f32 : copies.front().dtype;
    launch.submit(14 * elements);
  });
}
GS_EXPORT_OP(adamw, "weights", "gradients", "first_moments", "second_moments", "copies", "schedule", "gradient_state",
             "weight_decays", "rate_factors", "beta1", "beta2", "epsilon")

}  // namespace gridstride::ops
