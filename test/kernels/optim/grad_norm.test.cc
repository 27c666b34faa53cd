// Gradient norm and gradient scaling against the double-precision reference: lists of odd tensors, clipping, NaN.
#include "kernels/optim/grad_norm.h"

#include <limits>

#include "kernels/optim/scale_gradients.h"
#include "test/kernels/optim/tensor_lists.h"

namespace gridstride {
namespace cpu {
void grad_norm_partial(const GradNormPartialArgs& args, Run& run);
void grad_norm_finish(const GradNormFinishArgs& args, Run& run);
void scale_gradients(const ScaleGradientsArgs& args, Run& run);
}  // namespace cpu
namespace cuda {
void grad_norm_partial(const GradNormPartialArgs& args, Run& run);
void grad_norm_finish(const GradNormFinishArgs& args, Run& run);
void scale_gradients(const ScaleGradientsArgs& args, Run& run);
}  // namespace cuda

namespace test {
namespace {

template <class Args>
Args list_args(Model& model) {
  Args args{};
  for (int i = 0; i < model.tensors(); ++i) {
    const auto k = static_cast<size_t>(i);
    args.gradients[i] = model.gradients[k].data();
    args.counts[i] = model.gradients[k].count();
    args.dtypes[i] = model.gradients[k].dtype();
  }
  args.tensors = model.tensors();
  return args;
}

// Squares of each tensor as f32 (their sums are), then the state from them with clipping, without, and unscaled.
template <class Run>
Outputs norms(Model& model, void (*partial)(const GradNormPartialArgs&, Run&),
              void (*finish)(const GradNormFinishArgs&, Run&), Run& run) {
  const std::vector<float> inverse_scale = {0.5f};
  const int64_t count = 2 + model.tensors();
  Buffer squares(DType::f64, count);
  squares.set(0, 0), squares.set(1, 0.25);
  auto args = list_args<GradNormPartialArgs>(model);
  args.squares = squares.as<double>();
  args.first = 2;
  partial(args, run);
  Outputs out(4, Buffer(DType::f32, 4));
  finish({squares.as<double>(), inverse_scale.data(), out[0].as<float>(), count, 1.0, 1}, run);
  finish({squares.as<double>(), nullptr, out[1].as<float>(), count, 0, 1}, run);
  finish({squares.as<double>(), inverse_scale.data(), out[2].as<float>(), count, 1e9, 0}, run);
  finish({squares.as<double>(), nullptr, out[3].as<float>(), 0, 1.0, 1}, run);
  Buffer rounded(DType::f32, count);
  for (int64_t i = 0; i < count; ++i) rounded.set(i, squares.get(i));
  out.push_back(rounded);
  return out;
}

void check_norm(Model model, const std::string& name) {
  compare_with_cpu(
      "grad_norm " + name, norms(model, cpu::grad_norm_partial, cpu::grad_norm_finish, reference_run()),
      [&](cuda::Run& run) { return norms(model, cuda::grad_norm_partial, cuda::grad_norm_finish, run); }, 8);
}

void check_scaling(const Model& model, float factor, const std::string& name) {
  const std::vector<float> scale = {factor};
  const auto pass = [&](auto launch, auto& run) {
    Model scaled = model;
    auto args = list_args<ScaleGradientsArgs>(scaled);
    args.scale = scale.data();
    launch(args, run);
    Outputs out;
    for (const ListTensor& gradient : scaled.gradients) out.push_back(gradient.buffer());
    return out;
  };
  compare_with_cpu(
      "scale_gradients " + name, pass(cpu::scale_gradients, reference_run()),
      [&](cuda::Run& run) { return pass(cuda::scale_gradients, run); }, 1);
}

void refuses() {
  Model model({4}, {DType::f64}, DType::bf16, false);
  Buffer squares(DType::f64, 1);
  auto partial = list_args<GradNormPartialArgs>(model);
  partial.squares = squares.as<double>();
  check(error_of([&] { cuda::grad_norm_partial(partial, emulated_run()); }) == ErrorCode::kDType, "norm of f64");
  check(error_of([&] { cuda::scale_gradients(list_args<ScaleGradientsArgs>(model), emulated_run()); }) ==
            ErrorCode::kDType,
        "scaling of f64");
  cuda::grad_norm_partial({}, emulated_run());
  cuda::scale_gradients({}, emulated_run());
}

}  // namespace
}  // namespace test
}  // namespace gridstride

int main() {
  using namespace gridstride;
  using namespace gridstride::test;
  constexpr double kInf = std::numeric_limits<double>::infinity(), kNan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<DType> mixed = {DType::f32, DType::bf16, DType::f16};
  for (const bool misaligned : {false, true})
    for (const auto& counts : {few_counts(), many_counts(), std::vector<int64_t>{16384, 16385, 40001}, {0, 0}}) {
      Model model(counts, mixed, DType::bf16, misaligned);
      const std::string name = std::to_string(counts.size()) + (misaligned ? " misaligned" : "");
      check_norm(model, name);
      check_scaling(model, 0.3f, name);
      check_scaling(model, 1, name);
      if (counts[0] == 0) continue;
      model.gradients[0].buffer().set(model.gradients[0].buffer().count() - 1, kNan);
      check_norm(model, name + " NaN");
      model.gradients[0].buffer().set(model.gradients[0].buffer().count() - 1, kInf);
      check_norm(model, name + " infinite");
    }
  refuses();
  return close();
}
