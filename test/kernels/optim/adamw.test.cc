// AdamW's kernel against the double-precision reference: lists of odd tensors, dtypes mixed in a launch, the skip flag.
#include "kernels/optim/adamw.h"

#include "test/kernels/optim/tensor_lists.h"

namespace gridstride {
namespace cpu {
void adamw(const AdamWArgs& args, Run& run);
}
namespace cuda {
void adamw(const AdamWArgs& args, Run& run);
}

namespace test {
namespace {

AdamWArgs args_of(Model& model, const float* schedule, const float* state, DType copy_dtype) {
  AdamWArgs args{};
  for (int i = 0; i < model.tensors(); ++i) {
    const auto k = static_cast<size_t>(i);
    args.weights[i] = model.weights[k].data();
    args.gradients[i] = model.gradients[k].data();
    args.first_moments[i] = model.first[k].data();
    args.second_moments[i] = model.second[k].data();
    args.copies[i] = i == 2 ? nullptr : model.copies[k].data();
    args.counts[i] = model.weights[k].count();
    args.weight_decays[i] = weight_decay_of(i);
    args.rate_factors[i] = rate_factor_of(i);
    args.dtypes[i] = model.gradients[k].dtype();
  }
  args.schedule = schedule;
  args.gradient_state = state;
  args.beta1 = 0.9;
  args.beta2 = 0.999;
  args.epsilon = 1e-8;
  args.tensors = model.tensors();
  args.copy_dtype = copy_dtype;
  return args;
}

void check_case(const std::vector<int64_t>& counts, const std::vector<DType>& dtypes, DType copy_dtype, float step,
                bool clipped, bool misaligned) {
  const std::vector<float> schedule = {0.5f, step}, state = {3, 0.25f, 0, 0};
  const auto pass = [&](auto launch, auto& run) {
    Model model(counts, dtypes, copy_dtype, misaligned);
    launch(args_of(model, schedule.data(), clipped ? state.data() : nullptr, copy_dtype), run);
    return model.outputs();
  };
  compare_with_cpu(
      label("adamw", cpu::Isa::reference, dtypes[0], static_cast<int64_t>(counts.size()), static_cast<int64_t>(step)) +
          (misaligned ? " misaligned" : ""),
      pass(cpu::adamw, reference_run()), [&](cuda::Run& run) { return pass(cuda::adamw, run); }, 2);
}

void skipped() {
  const std::vector<float> schedule = {1e-3f, 7}, skip = {3, 0.25f, 1, 1};
  Model model(few_counts(), {DType::f32}, DType::bf16, false);
  const Outputs untouched = model.outputs();
  cuda::adamw(args_of(model, schedule.data(), skip.data(), DType::bf16), emulated_run());
  const Outputs after = model.outputs();
  for (size_t i = 0; i < after.size(); ++i) check_same_bits(after[i], untouched[i], "adamw skipped");
}

void refuses() {
  const std::vector<float> schedule = {1e-3f, 7};
  Model model({4}, {DType::f64}, DType::bf16, false);
  check(error_of([&] { cuda::adamw(args_of(model, schedule.data(), nullptr, DType::bf16), emulated_run()); }) ==
            ErrorCode::kDType,
        "adamw with f64 gradients");
  cuda::adamw({}, emulated_run());
}

}  // namespace
}  // namespace test
}  // namespace gridstride

int main() {
  using namespace gridstride;
  using namespace gridstride::test;
  const std::vector<DType> mixed = {DType::f32, DType::bf16, DType::f16};
  for (const DType dtype : mixed)
    for (const bool misaligned : {false, true}) check_case(few_counts(), {dtype}, DType::bf16, 7, true, misaligned);
  check_case(few_counts(), mixed, DType::f16, 1, false, false);
  check_case(few_counts(), mixed, DType::f32, 100000, true, true);
  check_case(many_counts(), mixed, DType::bf16, 7, true, true);
  skipped();
  refuses();
  return close();
}
