#include "kernels/optim/sgd.h"

#include "native/ops/function.h"
#include "native/ops/launch.h"
#include "native/ops/optim/tensor_lists.h"

namespace gridstride::ops {

// One SGD step of every weight, in place. `momenta` and `copies` have none, or one per weight.
void sgd(const std::vector<Tensor>& weights, const std::vector<Tensor>& gradients, const std::vector<Tensor>& momenta,
         const std::vector<Tensor>& copies, const Tensor& schedule, const std::optional<Tensor>& gradient_state,
         const std::vector<double>& weight_decays, const std::vector<double>& rate_factors, double momentum,
         bool nesterov) {
  check_update("sgd", weights, gradients, schedule);
  if (!momenta.empty()) check_beside("sgd", "momenta", weights, momenta);
  check_copies("sgd", weights, copies);
  check_numbers("sgd", "weight decays", weight_decays, weights.size());
  check_numbers("sgd", "rate factors", rate_factors, weights.size());
  in_parts(weights.size(), [&](size_t first, int32_t count) {
    Launch<SgdArgs> launch(OpId::sgd);
    auto& args = launch.args;
    double elements = 0;
    for (int32_t i = 0; i < count; ++i) {
      const size_t at = first + static_cast<size_t>(i);
      launch.update(args.weights[i], weights[at]);
      launch.read(args.gradients[i], gradients[at]);
      if (!momenta.empty()) launch.update(args.momenta[i], momenta[at]);
      if (!copies.empty()) launch.update(args.copies[i], copies[at]);
      args.counts[i] = weights[at].numel();
      args.weight_decays[i] = weight_decays[at];
      args.rate_factors[i] = rate_factors[at];
      args.dtypes[i] = gradients[at].dtype;
      elements += static_cast<double>(args.counts[i]);
    }
    launch.read(args.schedule, schedule);
    launch.read(args.gradient_state, gradient_state.value_or(Tensor{}));
    args.momentum = momentum;
    args.nesterov = nesterov;
    args.tensors = count;
    args.copy_dtype = copies.empty() ? DType::f32 : copies.front().dtype;
    launch.submit(6 * elements);
  });
}
GS_EXPORT_OP(sgd, "weights", "gradients", "momenta", "copies", "schedule", "gradient_state", "weight_decays",
             "rate_factors", "momentum", "nesterov")

}  // namespace gridstride::ops
