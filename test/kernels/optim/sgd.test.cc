// SGD's kernel against the double-precision reference: with and without momentum, lists of odd tensors, the skip flag.
#include "kernels/optim/sgd.h"

#include "test/kernels/optim/tensor_lists.h"

namespace gridstride {
namespace cpu {
void sgd(const SgdArgs& args, Run& run);
}
namespace cuda {
void sgd(const SgdArgs& args, Run& run);
}

namespace test {
namespace {

enum Kind { kPlain, kMomentum, kNesterov };

SgdArgs args_of(Model& model, const float* schedule, const float* state, DType copy_dtype, Kind kind) {
  SgdArgs args{};
  for (int i = 0; i < model.tensors(); ++i) {
    const auto k = static_cast<size_t>(i);
    args.weights[i] = model.weights[k].data();
    args.gradients[i] = model.gradients[k].data();
    args.momenta[i] = kind == kPlain ? nullptr : model.first[k].data();
    args.copies[i] = i == 2 ? nullptr : model.copies[k].data();
    args.counts[i] = model.weights[k].count();
    args.weight_decays[i] = weight_decay_of(i);
    args.rate_factors[i] = rate_factor_of(i);
    args.dtypes[i] = model.gradients[k].dtype();
  }
  args.schedule = schedule;
  args.gradient_state = state;
  args.momentum = 0.9;
  args.nesterov = kind == kNesterov;
  args.tensors = model.tensors();
  args.copy_dtype = copy_dtype;
  return args;
}

void check_case(const std::vector<int64_t>& counts, const std::vector<DType>& dtypes, Kind kind, bool clipped,
                bool misaligned) {
  const std::vector<float> schedule = {0.0625f, 3}, state = {3, 0.25f, 0, 0};
  const auto pass = [&](auto launch, auto& run) {
    Model model(counts, dtypes, DType::bf16, misaligned);
    launch(args_of(model, schedule.data(), clipped ? state.data() : nullptr, DType::bf16, kind), run);
    return model.outputs();
  };
  compare_with_cpu(
      label("sgd", cpu::Isa::reference, dtypes[0], static_cast<int64_t>(counts.size()), kind) +
          (misaligned ? " misaligned" : ""),
      pass(cpu::sgd, reference_run()), [&](cuda::Run& run) { return pass(cuda::sgd, run); }, 2);
}

void skipped() {
  const std::vector<float> schedule = {0.0625f, 3}, skip = {3, 0.25f, 1, 1};
  Model model(few_counts(), {DType::bf16}, DType::bf16, false);
  const Outputs untouched = model.outputs();
  cuda::sgd(args_of(model, schedule.data(), skip.data(), DType::bf16, kMomentum), emulated_run());
  const Outputs after = model.outputs();
  for (size_t i = 0; i < after.size(); ++i) check_same_bits(after[i], untouched[i], "sgd skipped");
}

void refuses() {
  const std::vector<float> schedule = {0.0625f, 3};
  Model model({4}, {DType::f32}, DType::f64, false);
  check(error_of([&] { cuda::sgd(args_of(model, schedule.data(), nullptr, DType::f64, kPlain), emulated_run()); }) ==
            ErrorCode::kDType,
        "sgd with an f64 copy");
  cuda::sgd({}, emulated_run());
}

}  // namespace
}  // namespace test
}  // namespace gridstride

int main() {
  using namespace gridstride;
  using namespace gridstride::test;
  const std::vector<DType> mixed = {DType::f32, DType::bf16, DType::f16};
  for (const Kind kind : {kPlain, kMomentum, kNesterov}) {
    for (const bool misaligned : {false, true}) check_case(few_counts(), mixed, kind, true, misaligned);
    check_case(many_counts(), mixed, kind, false, true);
  }
  skipped();
  refuses();
  return close();
}
