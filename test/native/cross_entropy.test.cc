// Cross-entropy: PyTorch's figures, instruction sets against the reference, finite differences, ignored and bad labels.
#include "kernels/loss/cross_entropy.h"

#include "test/native/kernel_compare.h"

namespace gridstride::cpu {
void cross_entropy_forward(const CrossEntropyForwardArgs& args, Run& run);
void cross_entropy_backward(const CrossEntropyBackwardArgs& args, Run& run);
}  // namespace gridstride::cpu

namespace gridstride::test {
namespace {

struct Case {
  Buffer logits;  // (rows, stride)
  Buffer labels;
  Buffer weights;  // empty: none
  int64_t rows, classes, stride;
  double smoothing;
  Reduction reduction;

  DType statistic() const { return logits.dtype() == DType::f64 ? DType::f64 : DType::f32; }
  int64_t losses() const { return reduction == Reduction::none ? rows : 1; }
  void* weights_or_null() { return weights.count() > 0 ? weights.data() : nullptr; }

  // loss, lse, normaliser
  Outputs forward(cpu::Run& run) {
    Outputs out = {Buffer(statistic(), losses()), Buffer(statistic(), rows), Buffer(statistic(), 1)};
    cpu::cross_entropy_forward(
        {logits.data(), labels.data(), weights_or_null(), out[0].data(), out[1].data(), out[2].data(), rows, classes,
         stride, -100, smoothing, reduction, logits.dtype(), labels.dtype()},
        run);
    return out;
  }
  Buffer backward(cpu::Run& run, Buffer& dloss) {
    Outputs saved = forward(reference_run());
    Buffer dx(logits.dtype(), rows * classes);
    cpu::cross_entropy_backward(
        {logits.data(), labels.data(), weights_or_null(), saved[1].data(), saved[2].data(), dloss.data(), dx.data(),
         rows, classes, stride, classes, -100, smoothing, reduction, logits.dtype(), labels.dtype()},
        run);
    return dx;
  }
};

Case torch_case(bool weighted, double smoothing, Reduction reduction) {
  return {Buffer(DType::f64, {0.5, -1.25, 2, 1.5, 0.25, -0.75, -2, 0.125, 1, 0, 3, -1}),
          Buffer(DType::i64, {2, 0, -100, 1}),
          weighted ? Buffer(DType::f64, {0.5, 2, 1.25}) : Buffer(DType::f64, 0),
          4,
          3,
          3,
          smoothing,
          reduction};
}

void torch_figures() {
  struct Figure {
    bool weighted;
    double smoothing;
    Reduction reduction;
    double loss, dx0, dx2;
  };
  const Figure figures[] = {
      {false, 0, Reduction::mean, 0.209726165422229, 0.0589400607024814, -0.0691823074779602},
      {false, 0.1, Reduction::mean, 0.379170609866673, 0.0478289495913703, -0.046960085255738},
      {true, 0, Reduction::mean, 0.15676842429227, 0.0589400607024814, -0.0691823074779602},
      {true, 0.1, Reduction::mean, 0.33150864284971, 0.054495616258037, -0.0469600852557381},
      {false, 0, Reduction::sum, 0.629178496266686, 0.176820182107444, -0.207546922433881},
      {true, 0.1, Reduction::sum, 1.24315741068641, 0.204358560967639, -0.176100319709018},
      {true, 0.1, Reduction::none, 0.532444145544207, 0.204358560967639, -0.176100319709018},
  };
  for (const Figure& f : figures) {
    Case c = torch_case(f.weighted, f.smoothing, f.reduction);
    Buffer ones(DType::f64, std::vector<double>(static_cast<size_t>(c.losses()), 1.0));
    const Outputs out = c.forward(reference_run());
    const Buffer dx = c.backward(reference_run(), ones);
    const auto near = [](double a, double b) { return std::abs(a - b) < 2e-14; };
    check(near(out[0].get(0), f.loss) && near(dx.get(0), f.dx0) && near(dx.get(2), f.dx2), "PyTorch's cross-entropy");
    check(dx.get(6) == 0 && dx.get(7) == 0 && dx.get(8) == 0, "an ignored row gets no gradient");
    check_gradient("cross_entropy", c.logits, dx, [&] { return weighted_sum(c.forward(reference_run())[0], ones); });
  }
}

void against_reference() {
  for (const DType dtype : {DType::f32, DType::bf16, DType::f16}) {
    for (const auto& [rows, classes] : {std::pair{0, 5}, {1, 1}, {4, 2}, {37, 63}, {9, 64}, {5, 1027}}) {
      for (const bool weighted : {false, true}) {
        for (const double smoothing : {0.0, 0.1}) {
          for (const Reduction reduction : {Reduction::none, Reduction::mean, Reduction::sum}) {
            const int64_t stride = classes + 2;
            Case c = {Buffer(dtype, rows * stride, 1, 5),
                      Buffer(DType::i32, rows),
                      weighted ? Buffer(DType::f32, classes, 3, 0.5, 1) : Buffer(DType::f32, 0),
                      rows,
                      classes,
                      stride,
                      smoothing,
                      reduction};
            for (int64_t r = 0; r < rows; ++r)
              c.labels.set(r, r % 4 == 3 ? -100.0 : static_cast<double>(r * 13 % classes));
            Buffer dloss(DType::f32, c.losses(), 4);
            const auto name = label("cross_entropy", cpu::Isa::reference, dtype, rows, classes);
            compare_with_reference(
                name, [&](cpu::Run& run) { return c.forward(run); }, 32);
            compare_with_reference(
                name + " backward", [&](cpu::Run& run) { return Outputs{c.backward(run, dloss)}; }, 8);
          }
        }
      }
    }
  }
}

void labels() {
  Case ignored = torch_case(false, 0, Reduction::mean);
  for (int i = 0; i < 4; ++i) ignored.labels.set(i, -100);
  Buffer one(DType::f64, std::vector<double>{1.0});
  check(std::isnan(ignored.forward(reference_run())[0].get(0)), "the mean over no labels is NaN");
  check(weighted_sum(ignored.backward(reference_run(), one), ignored.logits) == 0, "and its gradient 0");
  for (const double bad : {3.0, -1.0}) {
    Case c = torch_case(false, 0, Reduction::mean);
    c.labels.set(1, bad);
    std::string message;
    check(error_of([&] { c.forward(reference_run()); }, &message) == ErrorCode::kData, "a bad label throws");
    check(message.find("[0, 3)") != std::string::npos && message.find("position 1") != std::string::npos, message);
  }
}

}  // namespace
}  // namespace gridstride::test

int main() {
  using namespace gridstride::test;
  torch_figures();
  against_reference();
  labels();
  return close();
}
