// Cross-entropy's kernels against the double-precision reference: both mappings, every team size, rows apart and
// misaligned, weights, smoothing, reductions, in place; ignored, bad and infinite rows.
#include "kernels/loss/cross_entropy.h"

#include <limits>

#include "test/kernels/emulated_run.h"

namespace gridstride {
namespace cpu {
void cross_entropy_forward(const CrossEntropyForwardArgs& args, Run& run);
void cross_entropy_backward(const CrossEntropyBackwardArgs& args, Run& run);
}  // namespace cpu
namespace cuda {
void cross_entropy_forward(const CrossEntropyForwardArgs& args, Run& run);
void cross_entropy_backward(const CrossEntropyBackwardArgs& args, Run& run);
}  // namespace cuda

namespace test {
namespace {

struct Case {
  DType dtype;
  int64_t rows, classes;
  int64_t gap = 0;  // elements between the rows
  bool weighted = false;
  double smoothing = 0;
  Reduction reduction = Reduction::mean;
  DType label_dtype = DType::i64;
  bool in_place = false;

  int64_t stride() const { return classes + gap; }
  int64_t losses() const { return reduction == Reduction::none ? rows : 1; }
  std::string name() const {
    return label("cross_entropy", cpu::Isa::reference, dtype, rows, classes) + " gap " + std::to_string(gap) +
           (weighted ? " weighted" : "") + (smoothing > 0 ? " smoothed " : " ") +
           std::to_string(static_cast<int>(reduction)) + (in_place ? " in place" : "");
  }
};

struct Inputs {
  explicit Inputs(const Case& c)
      : logits(c.dtype, c.rows * c.stride(), 1, 5),
        labels(c.label_dtype, c.rows),
        weights(DType::f32, c.classes, 3, 0.5, 1),
        dloss(DType::f32, c.losses(), 4) {
    for (int64_t r = 0; r < c.rows; ++r) labels.set(r, r % 4 == 3 ? -100.0 : static_cast<double>(r * 13 % c.classes));
  }
  Buffer logits, labels, weights, dloss;
};

// loss, lse, normaliser
template <class Run>
Outputs forward(const Case& c, Inputs& in, void (*launch)(const CrossEntropyForwardArgs&, Run&), Run& run) {
  Outputs out = {Buffer(DType::f32, c.losses()), Buffer(DType::f32, c.rows), Buffer(DType::f32, 1)};
  launch({in.logits.data(), in.labels.data(), c.weighted ? in.weights.data() : nullptr, out[0].data(), out[1].data(),
          out[2].data(), c.rows, c.classes, c.stride(), -100, c.smoothing, c.reduction, c.dtype, c.label_dtype},
         run);
  return out;
}

// dlogits: where the logits are, or rows that touch
template <class Run>
Outputs backward(const Case& c, Inputs& in, Outputs& saved, void (*launch)(const CrossEntropyBackwardArgs&, Run&),
                 Run& run) {
  Outputs out = {c.in_place ? in.logits : Buffer(c.dtype, c.rows * c.classes)};
  launch({c.in_place ? out[0].data() : in.logits.data(), in.labels.data(), c.weighted ? in.weights.data() : nullptr,
          saved[1].data(), saved[2].data(), in.dloss.data(), out[0].data(), c.rows, c.classes, c.stride(),
          c.in_place ? c.stride() : c.classes, -100, c.smoothing, c.reduction, c.dtype, c.label_dtype},
         run);
  return out;
}

void check_case(const Case& c) {
  Inputs in(c);
  Outputs saved = forward(c, in, cpu::cross_entropy_forward, reference_run());
  compare_with_cpu(
      c.name(), saved, [&](cuda::Run& run) { return forward(c, in, cuda::cross_entropy_forward, run); }, 8);
  compare_with_cpu(
      c.name() + " backward", backward(c, in, saved, cpu::cross_entropy_backward, reference_run()),
      [&](cuda::Run& run) { return backward(c, in, saved, cuda::cross_entropy_backward, run); }, 8);
}

void check_shapes(DType dtype) {
  // Teams of 1 to 32 lanes with idle ones, then a block a row; 16397: two blocks a row backward.
  for (const auto& [rows, classes] : {std::pair<int64_t, int64_t>{0, 5},
                                      {1, 1},
                                      {300, 2},
                                      {67, 10},
                                      {37, 63},
                                      {9, 64},
                                      {5, 257},
                                      {3, 1027},
                                      {2, 2056}})
    for (const int64_t gap : {0, 3, 8}) {
      check_case({dtype, rows, classes, gap, false, 0, Reduction::mean, DType::i64, gap == 8});
      check_case({dtype, rows, classes, gap, true, 0.1, Reduction::mean, DType::i32, gap == 3});
    }
  check_case({dtype, 2, 16397, 0, true, 0.1, Reduction::mean, DType::i64, true});
}

void check_options() {
  for (const int64_t classes : {7, 2051})
    for (const bool weighted : {false, true})
      for (const double smoothing : {0.0, 0.1, 1.0})
        for (const Reduction reduction : {Reduction::none, Reduction::mean, Reduction::sum})
          check_case({DType::bf16, 6, classes, 0, weighted, smoothing, reduction, DType::i32});
}

// A row of classes: its loss and gradient.
Outputs one_row(Buffer& logits, double label, double smoothing, Reduction reduction) {
  const int64_t classes = logits.count();
  Buffer labels(DType::i64, std::vector<double>{label}), one(DType::f32, std::vector<double>{1.0});
  Outputs out = {Buffer(DType::f32, 1), Buffer(DType::f32, classes)};
  Buffer lse(DType::f32, 1), normaliser(DType::f32, 1);
  cuda::cross_entropy_forward({logits.data(), labels.data(), nullptr, out[0].data(), lse.data(), normaliser.data(), 1,
                               classes, classes, -100, smoothing, reduction, DType::f32, DType::i64},
                              emulated_run());
  cuda::cross_entropy_backward(
      {logits.data(), labels.data(), nullptr, lse.data(), normaliser.data(), one.data(), out[1].data(), 1, classes,
       classes, classes, -100, smoothing, reduction, DType::f32, DType::i64},
      emulated_run());
  return out;
}

void special_rows(int64_t classes) {
  constexpr double kInf = std::numeric_limits<double>::infinity(), kNan = std::numeric_limits<double>::quiet_NaN();
  const auto last = classes - 1;
  Buffer logits(DType::f32, std::vector<double>(static_cast<size_t>(classes), -kInf));
  check(std::isnan(one_row(logits, 0, 0, Reduction::mean)[0].get(0)), "a row of -inf");
  logits.set(0, 1000);
  Outputs out = one_row(logits, 0, 0, Reduction::mean);
  check(out[0].get(0) == 0 && out[1].get(0) == 0 && out[1].get(last) == 0, "a row with one class left");
  check(one_row(logits, static_cast<double>(last), 0, Reduction::sum)[0].get(0) == kInf, "a label at -inf");
  check(one_row(logits, 0, 0.1, Reduction::sum)[0].get(0) == kInf, "smoothing over -inf");
  out = one_row(logits, -100, 0.1, Reduction::mean);
  check(std::isnan(out[0].get(0)) && out[1].get(0) == 0 && out[1].get(last) == 0, "the mean over no labels");
  check(one_row(logits, -100, 0.1, Reduction::sum)[0].get(0) == 0, "the sum over no labels");
  for (const double bad : {static_cast<double>(classes), -1.0}) {
    out = one_row(logits, bad, 0.1, Reduction::sum);
    check(std::isnan(out[0].get(0)) && std::isnan(out[1].get(0)) && std::isnan(out[1].get(last)), "a bad label");
  }
  for (const double poison : {kNan, kInf}) {
    logits.set(last, poison);
    check(std::isnan(one_row(logits, 0, 0, Reduction::sum)[0].get(0)), "a row with NaN or inf");
  }
  for (int64_t v = 0; v < classes; ++v) logits.set(v, 1e4);
  const double even = std::log(static_cast<double>(classes));
  for (const double smoothing : {0.0, 0.1})
    check(std::abs(one_row(logits, 1, smoothing, Reduction::mean)[0].get(0) - even) < 1e-6, "large equal logits");
}

void refuses() {
  CrossEntropyForwardArgs args{};
  args.dtype = DType::f64;
  check(error_of([&] { cuda::cross_entropy_forward(args, emulated_run()); }) == ErrorCode::kDType, "f64");
}

}  // namespace
}  // namespace test
}  // namespace gridstride

int main() {
  using namespace gridstride;
  using namespace gridstride::test;
  for (const DType dtype : {DType::f32, DType::bf16, DType::f16}) check_shapes(dtype);
  check_options();
  // More rows than the blocks of either mapping take at once.
  check_case({DType::bf16, 262200, 3});
  special_rows(5);
  special_rows(1500);
  refuses();
  return close();
}
