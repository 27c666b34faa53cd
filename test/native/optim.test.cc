// Optimizers, gradient norm and scaling: PyTorch's figures, instruction sets against the reference over lists of odd
// tensors, the skip flag.
#include <limits>

#include "kernels/optim/adamw.h"
#include "kernels/optim/grad_norm.h"
#include "kernels/optim/scale_gradients.h"
#include "kernels/optim/sgd.h"
#include "test/native/kernel_compare.h"

namespace gridstride::cpu {
void adamw(const AdamWArgs& args, Run& run);
void sgd(const SgdArgs& args, Run& run);
void grad_norm_partial(const GradNormPartialArgs& args, Run& run);
void grad_norm_finish(const GradNormFinishArgs& args, Run& run);
void scale_gradients(const ScaleGradientsArgs& args, Run& run);
}  // namespace gridstride::cpu

namespace gridstride::test {
namespace {

constexpr int64_t kCounts[] = {1, 0, 63, 16384, 40001, 16};
constexpr int kTensors = 6;

// A list of tensors with optimizer state.
struct Model {
  explicit Model(DType dtype) {
    const DType wide = dtype == DType::f64 ? DType::f64 : DType::f32;
    for (int i = 0; i < kTensors; ++i) {
      const auto seed = static_cast<uint64_t>(i);
      weights.emplace_back(wide, kCounts[i], seed + 1);
      gradients.emplace_back(dtype, kCounts[i], seed + 20, 0.1);
      first.emplace_back(wide, kCounts[i], seed + 40, 0.01);
      second.emplace_back(wide, kCounts[i], seed + 60, 0.001, 0.0011);
      copies.emplace_back(DType::bf16, kCounts[i]);
    }
  }
  Outputs outputs() const {
    Outputs out = weights;
    for (const auto* list : {&first, &second, &copies}) out.insert(out.end(), list->begin(), list->end());
    return out;
  }
  std::vector<Buffer> weights, gradients, first, second, copies;
};

AdamWArgs adamw_args(Model& model, const float* schedule, const float* state) {
  AdamWArgs args{};
  for (int i = 0; i < kTensors; ++i) {
    const auto k = static_cast<size_t>(i);
    args.weights[i] = model.weights[k].data();
    args.gradients[i] = model.gradients[k].data();
    args.first_moments[i] = model.first[k].data();
    args.second_moments[i] = model.second[k].data();
    args.copies[i] = i == 2 ? nullptr : model.copies[k].data();
    args.counts[i] = kCounts[i];
    args.weight_decays[i] = i % 2 ? 0 : 0.01;
    args.rate_factors[i] = i == 3 ? 0.5 : 1;
    args.dtypes[i] = model.gradients[k].dtype();
  }
  args.schedule = schedule;
  args.gradient_state = state;
  args.beta1 = 0.9;
  args.beta2 = 0.999;
  args.epsilon = 1e-8;
  args.tensors = kTensors;
  args.copy_dtype = DType::bf16;
  return args;
}

SgdArgs sgd_args(Model& model, const float* schedule, const float* state, bool momentum, bool nesterov) {
  SgdArgs args{};
  for (int i = 0; i < kTensors; ++i) {
    const auto k = static_cast<size_t>(i);
    args.weights[i] = model.weights[k].data();
    args.gradients[i] = model.gradients[k].data();
    args.momenta[i] = momentum ? model.first[k].data() : nullptr;
    args.copies[i] = model.copies[k].data();
    args.counts[i] = kCounts[i];
    args.weight_decays[i] = 0.01;
    args.rate_factors[i] = 1;
    args.dtypes[i] = model.gradients[k].dtype();
  }
  args.schedule = schedule;
  args.gradient_state = state;
  args.momentum = 0.9;
  args.nesterov = nesterov;
  args.tensors = kTensors;
  args.copy_dtype = DType::bf16;
  return args;
}

void optimizers() {
  const float schedule[2] = {1e-3f, 7}, state[4] = {3, 0.25f, 0, 0}, skip[4] = {3, 0.25f, 1, 1};
  for (const DType dtype : {DType::f32, DType::bf16, DType::f16, DType::f64}) {
    const auto name = label("adamw", cpu::Isa::reference, dtype);
    compare_with_reference(
        name,
        [&](cpu::Run& run) {
          Model model(dtype);
          cpu::adamw(adamw_args(model, schedule, state), run);
          return model.outputs();
        },
        2);
    for (const int kind : {0, 1, 2})
      compare_with_reference(
          "sgd" + name,
          [&](cpu::Run& run) {
            Model model(dtype);
            cpu::sgd(sgd_args(model, schedule, state, kind > 0, kind == 2), run);
            return model.outputs();
          },
          2);
    Model model(dtype), untouched(dtype);
    cpu::adamw(adamw_args(model, schedule, skip), reference_run());
    cpu::sgd(sgd_args(model, schedule, skip, true, false), reference_run());
    for (size_t i = 0; i < model.outputs().size(); ++i)
      check_same_bits(model.outputs()[i], untouched.outputs()[i], name + " skipped");
  }
}

// Five steps of torch.optim on w = (0.5, -1, 2, 0) with alternating gradients.
void torch_figures() {
  const std::vector<double> expected[] = {
      {0.539617106138878, -1.02038865979019, 1.98193176249751, 0.0588455497303949},
      {0.466451208177595, -0.932902416355191, 1.84894961011859, 0.00842761129589751},
      {0.470060729730515, -0.94012145946103, 1.84650497882567, 0.016868970048197},
      {0.51875, -1.0375, 2.05625, 0.009375}};
  for (int kind = 0; kind < 4; ++kind) {
    Buffer w(DType::f64, {0.5, -1, 2, 0}), g(DType::f64, 4), zeros(DType::f64, {0, 0, 0, 0}), m = zeros, v = zeros;
    for (int k = 0; k < 5; ++k) {
      const double direction[] = {0.1, -0.2, 0.3, 0.05};
      for (int i = 0; i < 4; ++i) g.set(i, direction[i] * (k + 1) * (k % 2 ? 1 : -1));
      const float schedule[2] = {0.0625f, static_cast<float>(k + 1)};
      const double decay = kind == 3 ? 0 : 0.125;
      if (kind == 0)
        cpu::adamw({{w.data()},
                    {g.data()},
                    {m.data()},
                    {v.data()},
                    {},
                    schedule,
                    nullptr,
                    {4},
                    {decay},
                    {1},
                    0.9,
                    0.999,
                    1e-8,
                    1,
                    {DType::f64},
                    DType::f32},
                   reference_run());
      else
        cpu::sgd({{w.data()},
                  {g.data()},
                  {kind == 3 ? nullptr : m.data()},
                  {},
                  schedule,
                  nullptr,
                  {4},
                  {decay},
                  {1},
                  0.9,
                  kind == 2,
                  1,
                  {DType::f64},
                  DType::f32},
                 reference_run());
    }
    double worst = 0;
    for (int i = 0; i < 4; ++i) worst = std::max(worst, std::abs(w.get(i) - expected[kind][static_cast<size_t>(i)]));
    check(worst < 1e-14, "PyTorch's steps, kind " + std::to_string(kind) + ": " + std::to_string(worst));
  }
}

GradNormPartialArgs norm_args(Model& model, double* squares) {
  GradNormPartialArgs args{};
  for (int i = 0; i < kTensors; ++i) {
    args.gradients[i] = model.gradients[static_cast<size_t>(i)].data();
    args.counts[i] = kCounts[i];
    args.dtypes[i] = model.gradients[static_cast<size_t>(i)].dtype();
  }
  args.squares = squares;
  args.first = 2;
  args.tensors = kTensors;
  return args;
}

void gradient_norm() {
  for (const DType dtype : {DType::f32, DType::bf16, DType::f16, DType::f64}) {
    Model model(dtype);
    double expected = 0;
    for (const auto& g : model.gradients) expected += weighted_sum(g, g);
    expected = std::sqrt(expected);
    const float inverse_scale = 0.5f;
    const Pass pass = [&](cpu::Run& run) {
      Outputs out = {Buffer(DType::f64, 2 + kTensors), Buffer(DType::f32, 4), Buffer(DType::f32, 4)};
      out[0].set(0, 0), out[0].set(1, 0);
      cpu::grad_norm_partial(norm_args(model, out[0].as<double>()), run);
      cpu::grad_norm_finish({out[0].as<double>(), &inverse_scale, out[1].as<float>(), 2 + kTensors, 1.0, 1}, run);
      cpu::grad_norm_finish({out[0].as<double>(), nullptr, out[2].as<float>(), 2 + kTensors, 0, 1}, run);
      return out;
    };
    const Outputs out = pass(reference_run());
    check(std::abs(out[1].get(kGradientNorm) / expected - 0.5) < 1e-6, "norm of unscaled gradients");
    check(std::abs(out[1].get(kGradientScale) - 0.5 / (0.5 * expected + 1e-6)) < 1e-6, "clip coefficient");
    check(out[2].get(kGradientScale) == 1, "no clipping without a bound");
    for (const cpu::Isa isa : cpu::available_isas()) {
      const Outputs fast = pass(machine_with(1).with(isa)), again = pass(machine_with(4).with(isa));
      for (size_t i = 0; i < 3; ++i) {
        check(worst_error(fast[i], out[i], 1) < 1e-5, label("grad_norm", isa, dtype));
        check_same_bits(again[i], fast[i], label("grad_norm threads", isa, dtype));
      }
    }
    model.gradients[3].set(100, std::numeric_limits<double>::quiet_NaN());
    const Outputs broken = pass(reference_run());
    check(broken[1].get(kGradientSkip) == 1 && broken[1].get(kGradientNonFinite) == 1 &&
              std::isnan(broken[1].get(kGradientScale)),
          "NaN is flagged");
  }
}

void scaling() {
  for (const DType dtype : {DType::f32, DType::bf16, DType::f64}) {
    for (const float scale : {0.3f, 1.0f}) {
      compare_with_reference(
          label("scale_gradients", cpu::Isa::reference, dtype),
          [&](cpu::Run& run) {
            Model model(dtype);
            ScaleGradientsArgs args{};
            for (int i = 0; i < kTensors; ++i) {
              args.gradients[i] = model.gradients[static_cast<size_t>(i)].data();
              args.counts[i] = kCounts[i];
              args.dtypes[i] = dtype;
            }
            args.scale = &scale;
            args.tensors = kTensors;
            cpu::scale_gradients(args, run);
            return model.gradients;
          },
          1);
    }
  }
}

}  // namespace
}  // namespace gridstride::test

int main() {
  using namespace gridstride::test;
  torch_figures();
  optimizers();
  gradient_norm();
  scaling();
  return close();
}
