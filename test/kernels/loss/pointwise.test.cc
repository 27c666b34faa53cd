// Pointwise losses' kernels (BCE, MSE, KL) against the double-precision reference: dtypes of input and target, vectors
// and tails, misaligned tensors, every reduction, special values.
#include <limits>

#include "kernels/loss/bce_with_logits.h"
#include "kernels/loss/kl_div.h"
#include "kernels/loss/mse.h"
#include "test/kernels/emulated_run.h"

namespace gridstride {
namespace cpu {
void bce_with_logits_forward(const BceWithLogitsForwardArgs& args, Run& run);
void bce_with_logits_backward(const BceWithLogitsBackwardArgs& args, Run& run);
void mse_forward(const MseForwardArgs& args, Run& run);
void mse_backward(const MseBackwardArgs& args, Run& run);
void kl_div_forward(const KlDivForwardArgs& args, Run& run);
void kl_div_backward(const KlDivBackwardArgs& args, Run& run);
}  // namespace cpu
namespace cuda {
void bce_with_logits_forward(const BceWithLogitsForwardArgs& args, Run& run);
void bce_with_logits_backward(const BceWithLogitsBackwardArgs& args, Run& run);
void mse_forward(const MseForwardArgs& args, Run& run);
void mse_backward(const MseBackwardArgs& args, Run& run);
void kl_div_forward(const KlDivForwardArgs& args, Run& run);
void kl_div_backward(const KlDivBackwardArgs& args, Run& run);
}  // namespace cuda

namespace test {
namespace {

struct Case {
  DType dtype, target_dtype;
  int64_t count;
  Reduction reduction;
  int64_t shift = 0;    // elements that x lies behind an aligned address
  bool option = false;  // BCE: weights; KL: log target

  int64_t outputs() const { return reduction == Reduction::none ? count : 1; }
  int64_t repeats() const { return count % 3 == 0 ? 3 : 1; }
  std::string name(const char* loss) const {
    return label(loss, cpu::Isa::reference, dtype, count, static_cast<int64_t>(reduction)) + " target " +
           dtype_name(target_dtype) + (shift ? " misaligned" : "") + (option ? " option" : "");
  }
};

struct Inputs {
  explicit Inputs(const Case& c, bool logarithms)
      : x(c.dtype, c.count + c.shift, 1, 3),
        target(c.target_dtype, c.count, 2, logarithms ? 2 : 0.5, logarithms ? -2 : 0.5),
        weight(DType::f32, c.count / c.repeats(), 3, 0.5, 1),
        pos_weight(DType::f32, c.repeats(), 4, 0.5, 1),
        dloss(DType::f32, c.outputs(), 5) {
    for (int64_t i = 0; i < c.count && !logarithms; i += 5) target.set(i, i % 2 ? 1 : 0);
  }
  Buffer x, target, weight, pos_weight, dloss;
};

void* x_of(const Case& c, Inputs& in) { return in.x.as<char>() + c.shift * dtype_size(c.dtype); }

// Loss and gradient of one kind of loss, from the functions of either device.
template <class Forward, class Backward, class Run>
Outputs both(const Case& c, Forward&& forward, Backward&& backward, Run& run) {
  Outputs out = {Buffer(DType::f32, c.outputs()), Buffer(c.dtype, c.count)};
  forward(out[0].data(), run);
  backward(out[1].data(), run);
  return out;
}

template <class Run>
Outputs bce(const Case& c, Inputs& in, void (*forward)(const BceWithLogitsForwardArgs&, Run&),
            void (*backward)(const BceWithLogitsBackwardArgs&, Run&), Run& run) {
  void* weight = c.option ? in.weight.data() : nullptr;
  void* pos_weight = c.option ? in.pos_weight.data() : nullptr;
  const int64_t weights = in.weight.count(), pos_weights = in.pos_weight.count();
  return both(
      c,
      [&](void* loss, Run& r) {
        forward({x_of(c, in), in.target.data(), weight, pos_weight, loss, c.count, weights, pos_weights, c.reduction,
                 c.dtype, c.target_dtype},
                r);
      },
      [&](void* dx, Run& r) {
        backward({x_of(c, in), in.target.data(), weight, pos_weight, in.dloss.data(), dx, c.count, weights, pos_weights,
                  c.reduction, c.dtype, c.target_dtype},
                 r);
      },
      run);
}

template <class Run>
Outputs mse(const Case& c, Inputs& in, void (*forward)(const MseForwardArgs&, Run&),
            void (*backward)(const MseBackwardArgs&, Run&), Run& run) {
  return both(
      c,
      [&](void* loss, Run& r) {
        forward({x_of(c, in), in.target.data(), loss, c.count, c.reduction, c.dtype, c.target_dtype}, r);
      },
      [&](void* dx, Run& r) {
        backward({x_of(c, in), in.target.data(), in.dloss.data(), dx, c.count, c.reduction, c.dtype, c.target_dtype},
                 r);
      },
      run);
}

template <class Run>
Outputs kl_div(const Case& c, Inputs& in, void (*forward)(const KlDivForwardArgs&, Run&),
               void (*backward)(const KlDivBackwardArgs&, Run&), Run& run) {
  return both(
      c,
      [&](void* loss, Run& r) {
        forward({x_of(c, in), in.target.data(), loss, c.count, 4, c.reduction, c.option, c.dtype, c.target_dtype}, r);
      },
      [&](void* dx, Run& r) {
        backward({x_of(c, in), in.target.data(), in.dloss.data(), dx, c.count, 4, c.reduction, c.option, c.dtype,
                  c.target_dtype},
                 r);
      },
      run);
}

void check_case(const Case& c) {
  Inputs in(c, false), logarithms(c, true);
  if (c.reduction != Reduction::batch_mean) {
    compare_with_cpu(
        c.name("bce_with_logits"),
        bce(c, in, cpu::bce_with_logits_forward, cpu::bce_with_logits_backward, reference_run()),
        [&](cuda::Run& run) { return bce(c, in, cuda::bce_with_logits_forward, cuda::bce_with_logits_backward, run); },
        6);
    if (!c.option)
      compare_with_cpu(
          c.name("mse"), mse(c, in, cpu::mse_forward, cpu::mse_backward, reference_run()),
          [&](cuda::Run& run) { return mse(c, in, cuda::mse_forward, cuda::mse_backward, run); }, 4);
  }
  Inputs& mine = c.option ? logarithms : in;
  compare_with_cpu(
      c.name("kl_div"), kl_div(c, mine, cpu::kl_div_forward, cpu::kl_div_backward, reference_run()),
      [&](cuda::Run& run) { return kl_div(c, mine, cuda::kl_div_forward, cuda::kl_div_backward, run); }, 4);
}

void check_shapes() {
  for (const DType dtype : {DType::f32, DType::bf16, DType::f16})
    for (const Reduction reduction : {Reduction::none, Reduction::mean, Reduction::sum, Reduction::batch_mean})
      for (const int64_t count : {1, 7, 12, 64, 2049})
        for (const bool option : {false, true}) check_case({dtype, DType::f32, count, reduction, 0, option});
  for (const DType dtype : {DType::f32, DType::bf16, DType::f16})
    for (const DType target : {DType::bf16, DType::f16})
      for (const Reduction reduction : {Reduction::none, Reduction::mean}) {
        check_case({dtype, target, 105, reduction, 0, false});
        check_case({dtype, target, 105, reduction, 1, true});
      }
}

void special_values() {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  const Case none{DType::f32, DType::f32, 0, Reduction::mean}, sum{DType::f32, DType::f32, 0, Reduction::sum};
  Inputs in(none, false);
  check(std::isnan(mse(none, in, cuda::mse_forward, cuda::mse_backward, emulated_run())[0].get(0)),
        "the mean of nothing");
  check(mse(sum, in, cuda::mse_forward, cuda::mse_backward, emulated_run())[0].get(0) == 0, "the sum of nothing");
  const Case three{DType::f32, DType::f32, 3, Reduction::none};
  Inputs far(three, false);
  for (int i = 0; i < 3; ++i) far.x.set(i, i == 1 ? -800 : 800), far.target.set(i, i == 0 ? 1 : 0);
  Outputs out = bce(three, far, cuda::bce_with_logits_forward, cuda::bce_with_logits_backward, emulated_run());
  check(out[0].get(0) == 0 && out[0].get(1) == 0 && out[0].get(2) == 800 && out[1].get(0) == 0, "bce far out");
  far.x.set(1, -kInf), far.target.set(1, 1);
  out = kl_div(three, far, cuda::kl_div_forward, cuda::kl_div_backward, emulated_run());
  check(out[0].get(1) == kInf && out[0].get(2) == 0, "kl_div of what is impossible");
}

void refuses() {
  Case c{DType::f32, DType::f64, 1, Reduction::mean};
  Inputs in(c, false);
  check(error_of([&] { mse(c, in, cuda::mse_forward, cuda::mse_backward, emulated_run()); }) == ErrorCode::kDType,
        "an f64 target");
}

}  // namespace
}  // namespace test
}  // namespace gridstride

int main() {
  using namespace gridstride;
  using namespace gridstride::test;
  check_shapes();
  // More elements than the grid takes at once.
  check_case({DType::bf16, DType::bf16, 1024 * 256 * 8 + 1027, Reduction::mean});
  special_values();
  refuses();
  return close();
}
