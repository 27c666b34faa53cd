// Worst error of the vector functions against double, over dense ranges, for every instruction set.
#include "kernels/math/activation.h"

#include <functional>
#include <limits>

#include "kernels/elementwise/activation.h"
#include "kernels/elementwise/unary.h"
#include "test/native/kernel_check.h"

namespace gridstride::cpu {
void unary(const UnaryArgs& args, Run& run);
void activation_forward(const ActivationForwardArgs& args, Run& run);
void activation_backward(const ActivationBackwardArgs& args, Run& run);
}  // namespace gridstride::cpu

namespace gridstride::test {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();

std::vector<float> unary(cpu::Run& run, UnaryOp op, const std::vector<float>& x) {
  std::vector<float> y(x.size());
  UnaryArgs args{};
  args.x = x.data();
  args.y = y.data();
  args.sizes[0] = static_cast<int64_t>(x.size());
  args.x_strides[0] = args.y_strides[0] = 1;
  args.rank = 1;
  args.op = op;
  args.dtype = DType::f32;
  cpu::unary(args, run);
  return y;
}

std::vector<float> activation(cpu::Run& run, Activation kind, bool derivative, const std::vector<float>& x) {
  std::vector<float> y(x.size()), ones(x.size(), 1.0f);
  const auto count = static_cast<int64_t>(x.size());
  if (derivative)
    cpu::activation_backward(
        {x.data(), nullptr, ones.data(), y.data(), nullptr, 1, count, {}, kind, DType::f32, DType::f32}, run);
  else
    cpu::activation_forward({x.data(), nullptr, y.data(), 1, count, {}, kind, DType::f32}, run);
  return y;
}

// Linear steps over [low, high], or every magnitude by ratio when `low` > 0 and `ratio` > 1.
std::vector<float> linear(double low, double high, int count = 400001) {
  std::vector<float> x;
  for (int i = 0; i < count; ++i) x.push_back(static_cast<float>(low + (high - low) * i / (count - 1)));
  return x;
}
std::vector<float> magnitudes(double low, double high, bool both_signs) {
  std::vector<float> x;
  for (double v = low; v <= high; v *= 1.0003) {
    x.push_back(static_cast<float>(v));
    if (both_signs) x.push_back(static_cast<float>(-v));
  }
  return x;
}

struct Case {
  const char* name;
  std::function<std::vector<float>(cpu::Run&, const std::vector<float>&)> run;
  std::function<double(double)> exact;
  std::vector<float> x;
  double bound;
  double absolute = 0;  // added to |exact| in the denominator
};

void measure(const Case& c, cpu::Isa isa) {
  Machine machine(isa, 1);
  const auto y = c.run(machine.run(), c.x);
  double worst = 0, where = 0;
  for (size_t i = 0; i < y.size(); ++i) {
    const double exact = c.exact(c.x[i]);
    if (std::abs(exact) < 1.2e-38 && std::abs(y[i]) < 2.4e-38) continue;  // may flush to zero
    const double error = std::abs(y[i] - exact) / (c.absolute + std::abs(exact));
    if (error <= worst) continue;
    worst = error;
    where = c.x[i];
  }
  std::printf("%-9s %-22s worst error %.2e at %.6g\n", cpu::isa_name(isa), c.name, worst, where);
  check(worst <= c.bound, std::string(c.name) + " on " + cpu::isa_name(isa));
}

auto op(UnaryOp kind) {
  return [kind](cpu::Run& run, const std::vector<float>& x) { return unary(run, kind, x); };
}
auto forward(Activation kind) {
  return [kind](cpu::Run& run, const std::vector<float>& x) { return activation(run, kind, false, x); };
}
auto backward(Activation kind) {
  return [kind](cpu::Run& run, const std::vector<float>& x) { return activation(run, kind, true, x); };
}

std::vector<Case> cases() {
  using A = Activation;
  const auto wide = linear(-20, 20);
  const auto small = magnitudes(1e-30, 1e-2, true);
  const auto exact = [](A kind) { return [kind](double x) { return activation_value(kind, x); }; };
  const auto slope = [](A kind) { return [kind](double x) { return activation_derivative(kind, x); }; };
  return {
      {"exp", op(UnaryOp::exp), [](double x) { return std::exp(x); }, linear(-87, 88.7), 2e-7},
      {"log", op(UnaryOp::log), [](double x) { return std::log(x); }, magnitudes(1.2e-38, 3e38, false), 2e-7},
      {"log near 1", op(UnaryOp::log), [](double x) { return std::log(x); }, linear(0.5, 2), 2e-7},
      {"erf", op(UnaryOp::erf), [](double x) { return std::erf(x); }, linear(-6, 6), 2e-7},
      {"erf small", op(UnaryOp::erf), [](double x) { return std::erf(x); }, small, 2e-7},
      {"rsqrt", op(UnaryOp::rsqrt), [](double x) { return 1 / std::sqrt(x); }, magnitudes(1.2e-38, 3e38, false), 2e-7},
      {"tanh", forward(A::tanh), exact(A::tanh), wide, 2.5e-7},
      {"tanh small", forward(A::tanh), exact(A::tanh), small, 2e-7},
      {"tanh derivative", backward(A::tanh), slope(A::tanh), wide, 5e-7},
      {"sigmoid", forward(A::sigmoid), exact(A::sigmoid), linear(-87, 87), 2.5e-7},
      {"sigmoid derivative", backward(A::sigmoid), slope(A::sigmoid), linear(-80, 80), 5e-7},
      {"gelu", forward(A::gelu), exact(A::gelu), linear(-12.5, 12.5), 1e-6},
      {"gelu small", forward(A::gelu), exact(A::gelu), small, 1e-6},
      {"gelu derivative", backward(A::gelu), slope(A::gelu), wide, 5e-7, 0.25},
      {"gelu_tanh", forward(A::gelu_tanh), exact(A::gelu_tanh), linear(-2, 20), 1e-6},
      {"gelu_tanh tail", forward(A::gelu_tanh), exact(A::gelu_tanh), linear(-9, -2), 1e-6, 1e-2},
      {"gelu_tanh derivative", backward(A::gelu_tanh), slope(A::gelu_tanh), wide, 1e-6, 0.25},
      {"silu", forward(A::silu), exact(A::silu), linear(-80, 80), 1e-6},
      {"silu derivative", backward(A::silu), slope(A::silu), wide, 5e-7, 0.25},
      {"relu", forward(A::relu), exact(A::relu), wide, 0},
  };
}

void special_values(cpu::Isa isa) {
  Machine machine(isa, 1);
  cpu::Run& run = machine.run();
  const std::string on = std::string(" on ") + cpu::isa_name(isa);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const auto e = unary(run, UnaryOp::exp, {-kInf, nan, 89.0f, 1e30f, kInf, 0.0f, -200.0f});
  check(e[0] == 0 && std::isnan(e[1]) && e[2] == kInf && e[3] == kInf && e[4] == kInf && e[5] == 1 && e[6] == 0,
        "exp of special values" + on);
  const auto l = unary(run, UnaryOp::log, {0.0f, -1.0f, kInf, nan, 1.0f});
  check(l[0] == -kInf && std::isnan(l[1]) && l[2] == kInf && std::isnan(l[3]) && l[4] == 0,
        "log of special values" + on);
  for (const auto kind : {Activation::tanh, Activation::sigmoid, Activation::gelu, Activation::relu}) {
    const auto y = activation(run, kind, false, {nan, kInf, 100.0f, -100.0f});
    const bool bounded = kind == Activation::tanh || kind == Activation::sigmoid;
    check(std::isnan(y[0]) && y[1] == (bounded ? 1 : kInf) && y[2] == (bounded ? 1 : 100.0f),
          "activation of special values" + on);
  }
}

}  // namespace
}  // namespace gridstride::test

int main() {
  using namespace gridstride;
  for (const cpu::Isa isa : test::optimised_isas()) {
    for (const auto& c : test::cases()) test::measure(c, isa);
    test::special_values(isa);
  }
  return test::close();
}
