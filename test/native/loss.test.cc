// Pointwise losses (BCE, MSE, KL) and softmax: PyTorch's figures, instruction sets against the reference, finite
// differences.
#include <limits>

#include "kernels/loss/bce_with_logits.h"
#include "kernels/loss/kl_div.h"
#include "kernels/loss/mse.h"
#include "kernels/loss/softmax.h"
#include "test/native/kernel_compare.h"

namespace gridstride::cpu {
void softmax_forward(const SoftmaxForwardArgs& args, Run& run);
void softmax_backward(const SoftmaxBackwardArgs& args, Run& run);
void bce_with_logits_forward(const BceWithLogitsForwardArgs& args, Run& run);
void bce_with_logits_backward(const BceWithLogitsBackwardArgs& args, Run& run);
void mse_forward(const MseForwardArgs& args, Run& run);
void mse_backward(const MseBackwardArgs& args, Run& run);
void kl_div_forward(const KlDivForwardArgs& args, Run& run);
void kl_div_backward(const KlDivBackwardArgs& args, Run& run);
}  // namespace gridstride::cpu

namespace gridstride::test {
namespace {

void softmax_cases() {
  for (const DType dtype : {DType::f32, DType::bf16, DType::f16}) {
    for (const auto& shape : {std::pair{0, 4}, {2, 0}, {1, 1}, {3, 2}, {5, 63}, {4, 64}, {3, 1025}}) {
      const int64_t rows = shape.first, columns = shape.second;
      for (const int32_t logarithm : {0, 1}) {
        const int64_t stride = columns + 3, count = rows * columns;
        Buffer x(dtype, rows * stride, 1, 6), dy(dtype, count, 2);
        const auto name = label(logarithm ? "log_softmax" : "softmax", cpu::Isa::reference, dtype, rows, columns);
        const Pass forward = [&](cpu::Run& run) {
          Outputs out = {Buffer(dtype, count)};
          cpu::softmax_forward({x.data(), out[0].data(), rows, columns, stride, logarithm, dtype}, run);
          return out;
        };
        compare_with_reference(name, forward, 16);
        Buffer y = forward(reference_run())[0];
        compare_with_reference(
            name + " backward",
            [&](cpu::Run& run) {
              Outputs out = {Buffer(dtype, count)};
              cpu::softmax_backward({y.data(), dy.data(), out[0].data(), rows, columns, logarithm, dtype}, run);
              return out;
            },
            16);
      }
    }
  }
}

void softmax_gradients() {
  cpu::Run& run = reference_run();
  for (const int32_t logarithm : {0, 1}) {
    Buffer x(DType::f64, 15, 3, 2), dy(DType::f64, 15, 4), y(DType::f64, 15), dx(DType::f64, 15);
    const auto loss = [&] {
      cpu::softmax_forward({x.data(), y.data(), 3, 5, 5, logarithm, DType::f64}, run);
      return weighted_sum(y, dy);
    };
    loss();
    cpu::softmax_backward({y.data(), dy.data(), dx.data(), 3, 5, logarithm, DType::f64}, run);
    check_gradient("softmax", x, dx, loss);
  }
}

void softmax_special() {
  constexpr double kInf = std::numeric_limits<double>::infinity(), kNan = std::numeric_limits<double>::quiet_NaN();
  for (const cpu::Isa isa : cpu::available_isas()) {
    Buffer x(DType::f32, 40), y(DType::f32, 40);
    for (int i = 0; i < 40; ++i) x.set(i, i < 20 ? -kInf : 1000);
    x.set(3, 2);
    cpu::softmax_forward({x.data(), y.data(), 2, 20, 20, 0, DType::f32}, machine_with(1).with(isa));
    check(y.get(3) == 1 && y.get(0) == 0 && std::abs(y.get(30) - 0.05) < 1e-8, "softmax of -inf and of 1000");
    x.set(5, kNan);
    x.set(39, kNan);
    cpu::softmax_forward({x.data(), y.data(), 2, 20, 20, 0, DType::f32}, machine_with(1).with(isa));
    check(std::isnan(y.get(3)) && std::isnan(y.get(25)), "softmax of NaN");
  }
}

// A pointwise loss as functions of the buffers, so that every one of them meets the same checks.
struct Pointwise {
  Buffer x, target;
  std::function<void(Buffer& x, Buffer& target, Buffer& loss, Reduction, cpu::Run&)> forward;
  std::function<void(Buffer& x, Buffer& target, Buffer& dloss, Buffer& dx, Reduction, cpu::Run&)> backward;
};

Buffer converted(const Buffer& from, DType dtype) {
  Buffer to(dtype, from.count());
  for (int64_t i = 0; i < from.count(); ++i) to.set(i, from.get(i));
  return to;
}

void pointwise_checks(const char* name, Pointwise& loss) {
  for (const Reduction reduction : {Reduction::none, Reduction::mean, Reduction::sum, Reduction::batch_mean}) {
    if (reduction == Reduction::batch_mean && name[0] != 'k') continue;
    const int64_t outputs = reduction == Reduction::none ? loss.x.count() : 1;
    for (const DType dtype : {DType::f32, DType::bf16}) {
      Buffer x = converted(loss.x, dtype), dloss(DType::f32, outputs, 9);
      compare_with_reference(
          name,
          [&](cpu::Run& run) {
            Outputs out = {Buffer(DType::f32, outputs), Buffer(dtype, x.count())};
            loss.forward(x, loss.target, out[0], reduction, run);
            loss.backward(x, loss.target, dloss, out[1], reduction, run);
            return out;
          },
          2);
    }
    Buffer dloss(DType::f64, outputs, 9), y(DType::f64, outputs), dx(DType::f64, loss.x.count());
    loss.backward(loss.x, loss.target, dloss, dx, reduction, reference_run());
    check_gradient(name, loss.x, dx, [&] {
      loss.forward(loss.x, loss.target, y, reduction, reference_run());
      return weighted_sum(y, dloss);
    });
  }
}

Buffer torch_logits() { return {DType::f64, {0.5, -1.25, 2, 1.5, 0.25, -0.75, -2, 0.125, 1, 0, 3, -1}}; }
Buffer torch_target() { return {DType::f64, {0, 1, 0.25, 1, 0, 0.5, 0, 0, 1, 1, 1, 0}}; }

void check_value(double actual, double expected, const char* name) {
  check(std::abs(actual - expected) < 1e-13 * (1 + std::abs(expected)), std::string(name) + " is not PyTorch's");
}

void bce() {
  Buffer weight(DType::f64, {1, 0.25, 2}), pos_weight(DType::f64, {2, 0.5, 3});
  Buffer weight32 = converted(weight, DType::f32), pos_weight32 = converted(pos_weight, DType::f32);
  Pointwise loss = {torch_logits(), torch_target(),
                    [&](Buffer& x, Buffer& t, Buffer& y, Reduction reduction, cpu::Run& run) {
                      const bool wide = x.dtype() == DType::f64;
                      cpu::bce_with_logits_forward({x.data(), t.data(), (wide ? weight : weight32).data(),
                                                    (wide ? pos_weight : pos_weight32).data(), y.data(), x.count(), 3,
                                                    3, reduction, x.dtype(), t.dtype()},
                                                   run);
                    },
                    [&](Buffer& x, Buffer& t, Buffer& dy, Buffer& dx, Reduction reduction, cpu::Run& run) {
                      const bool wide = x.dtype() == DType::f64;
                      cpu::bce_with_logits_backward({x.data(), t.data(), (wide ? weight : weight32).data(),
                                                     (wide ? pos_weight : pos_weight32).data(), dy.data(), dx.data(),
                                                     x.count(), 3, 3, reduction, x.dtype(), t.dtype()},
                                                    run);
                    }};
  pointwise_checks("bce_with_logits", loss);
  Buffer y(DType::f64, 1);
  loss.forward(loss.x, loss.target, y, Reduction::mean, reference_run());
  check_value(y.get(0), 1.09701555316306, "bce mean");
  Buffer far(DType::f64, {800, -800, 800}), ones(DType::f64, {1, 0, 0}), each(DType::f64, 3);
  cpu::bce_with_logits_forward(
      {far.data(), ones.data(), nullptr, nullptr, each.data(), 3, 1, 1, Reduction::none, DType::f64, DType::f64},
      reference_run());
  check(each.get(0) == 0 && each.get(1) == 0 && each.get(2) == 800, "bce far out");
}

void mse() {
  Pointwise loss = {
      torch_logits(), torch_target(),
      [](Buffer& x, Buffer& t, Buffer& y, Reduction reduction, cpu::Run& run) {
        cpu::mse_forward({x.data(), t.data(), y.data(), x.count(), reduction, x.dtype(), t.dtype()}, run);
      },
      [](Buffer& x, Buffer& t, Buffer& dy, Buffer& dx, Reduction reduction, cpu::Run& run) {
        cpu::mse_backward({x.data(), t.data(), dy.data(), dx.data(), x.count(), reduction, x.dtype(), t.dtype()}, run);
      }};
  pointwise_checks("mse", loss);
  Buffer y(DType::f64, 1), none(DType::f64, 0);
  loss.forward(loss.x, loss.target, y, Reduction::mean, reference_run());
  check_value(y.get(0), 1.68880208333333333, "mse mean");
  loss.forward(none, none, y, Reduction::mean, reference_run());
  check(std::isnan(y.get(0)), "the mean of nothing is NaN");
  Buffer many(DType::f32, 100001, 5), zero(DType::f32, std::vector<double>(100001, 0.0));
  compare_with_reference(
      "mse of many",
      [&](cpu::Run& run) {
        Outputs out = {Buffer(DType::f32, 1)};
        loss.forward(many, zero, out[0], Reduction::mean, run);
        return out;
      },
      1);
}

void kl_div() {
  Buffer log_t(DType::f64, {-0.5, -2, -1, -1, -1, -1, -3, -0.25, -2, -1.5, -0.5, -4});
  for (const int32_t log_target : {0, 1}) {
    Pointwise loss = {
        torch_logits(), log_target ? log_t : torch_target(),
        [&](Buffer& x, Buffer& t, Buffer& y, Reduction reduction, cpu::Run& run) {
          cpu::kl_div_forward({x.data(), t.data(), y.data(), x.count(), 4, reduction, log_target, x.dtype(), t.dtype()},
                              run);
        },
        [&](Buffer& x, Buffer& t, Buffer& dy, Buffer& dx, Reduction reduction, cpu::Run& run) {
          cpu::kl_div_backward(
              {x.data(), t.data(), dy.data(), dx.data(), x.count(), 4, reduction, log_target, x.dtype(), t.dtype()},
              run);
        }};
    pointwise_checks("kl_div", loss);
    Buffer y(DType::f64, 1);
    double expected = 0;
    for (int64_t i = 0; i < 12; ++i) {
      const double t = loss.target.get(i), p = log_target ? std::exp(t) : t;
      if (p > 0) expected += p * ((log_target ? t : std::log(t)) - loss.x.get(i));
    }
    loss.forward(loss.x, loss.target, y, Reduction::batch_mean, reference_run());
    check_value(y.get(0), expected / 4, "kl batch mean");
  }
}

}  // namespace
}  // namespace gridstride::test

int main() {
  using namespace gridstride::test;
  softmax_cases();
  softmax_gradients();
  softmax_special();
  bce();
  mse();
  kl_div();
  return close();
}
