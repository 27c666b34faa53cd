#include "native/ops/optim/tensor_lists.h"

namespace gridstride::ops {

void check_update(const char* op, const std::vector<Tensor>& weights, const std::vector<Tensor>& gradients,
                  const Tensor& schedule) {
  check_list(op, weights);
  check_list(op, gradients);
  check_dtype(op, "the schedule", schedule, DType::f32);
  check_shape(op, "the schedule", schedule, {2});
  if (gradients.size() != weights.size())
    fail_shape(op, "gradients must be one per weight, got " + std::to_string(gradients.size()) + " for " +
                       std::to_string(weights.size()));
  for (size_t i = 0; i < weights.size(); ++i) {
    check_same_device(op, {&weights[i], &gradients[i], &schedule});
    check_shape(op, "a gradient", gradients[i], weights[i].shape);
    const DType wide = gradients[i].dtype == DType::f64 ? DType::f64 : DType::f32;
    check_dtype(op, "a weight", weights[i], wide);
  }
}

}  // namespace gridstride::ops
