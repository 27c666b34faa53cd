// Linear forward and backward: every instruction set against the reference loops, the reference's gradients against
// finite differences.
#include "kernels/gemm/linear.h"

#include "test/native/kernel_check.h"

namespace gridstride::cpu {
void linear_forward(const LinearForwardArgs& args, Run& run);
void linear_backward(const LinearBackwardArgs& args, Run& run);
}  // namespace gridstride::cpu

namespace gridstride::test {
namespace {

constexpr int64_t kGap = 5;  // between rows of strided arrays

struct Case {
  int64_t m, n, k;
  Activation activation;
  DType dtype, grad_dtype;
  bool bias = true, residual = true, keep = true;

  std::string name() const {
    return "linear " + std::to_string(m) + "x" + std::to_string(n) + "x" + std::to_string(k) + " activation " +
           std::to_string(static_cast<int>(activation)) + " " + dtype_name(dtype) + "/" + dtype_name(grad_dtype);
  }
};

// All arrays of one case; outputs start as 7, and gaps between rows must keep it.
struct Arrays {
  Buffer x, w, bias, residual, y, z, dy, dx, dw, dbias;

  explicit Arrays(const Case& c)
      : x(c.dtype, c.m * (c.k + kGap), 1),
        w(c.dtype, c.n * c.k, 2, 2.0 / std::sqrt(1.0 + static_cast<double>(c.k))),
        bias(c.dtype, c.n, 3),
        residual(c.dtype, c.m * (c.n + kGap), 4),
        y(c.dtype, c.m * (c.n + kGap), 0, 0, 7),
        z(c.dtype, c.m * c.n, 0, 0, 7),
        dy(c.dtype, c.m * (c.n + kGap), 5),
        dx(c.dtype, c.m * (c.k + kGap), 0, 0, 7),
        dw(c.grad_dtype, c.n * c.k, 0, 0, 7),
        dbias(c.grad_dtype, c.n, 0, 0, 7) {}
};

LinearForwardArgs forward_args(const Case& c, Arrays& a) {
  LinearForwardArgs args{};
  args.x = a.x.data(), args.w = a.w.data(), args.y = a.y.data();
  args.bias = c.bias ? a.bias.data() : nullptr;
  args.residual = c.residual ? a.residual.data() : nullptr;
  args.pre_activation = c.keep ? a.z.data() : nullptr;
  args.m = c.m, args.n = c.n, args.k = c.k;
  args.x_stride = c.k + kGap, args.residual_stride = args.y_stride = c.n + kGap;
  args.activation = c.activation;
  args.dtype = c.dtype;
  return args;
}

LinearBackwardArgs backward_args(const Case& c, Arrays& a) {
  LinearBackwardArgs args{};
  args.dy = a.dy.data(), args.x = a.x.data(), args.w = a.w.data(), args.pre_activation = a.z.data();
  args.dx = a.dx.data(), args.dw = a.dw.data(), args.dbias = a.dbias.data();
  args.m = c.m, args.n = c.n, args.k = c.k;
  args.dy_stride = c.n + kGap, args.x_stride = args.dx_stride = c.k + kGap;
  args.activation = c.activation;
  args.dtype = c.dtype, args.grad_dtype = c.grad_dtype;
  return args;
}

Arrays run_case(const Case& c, const cpu::InstructionSet& set, int threads) {
  Arrays a(c);
  Machine machine(set, threads);
  cpu::linear_forward(forward_args(c, a), machine.run());
  // Backward starts from the same z on every set, so that only its own error is seen.
  Arrays b = a;
  b.z = Buffer(c.dtype, c.m * c.n, 6, 3.0);
  cpu::linear_backward(backward_args(c, b), machine.run());
  b.z = a.z;
  return b;
}

bool same_bits(const Arrays& a, const Arrays& b) {
  return a.y.bytes() == b.y.bytes() && a.z.bytes() == b.z.bytes() && a.dx.bytes() == b.dx.bytes() &&
         a.dw.bytes() == b.dw.bytes() && a.dbias.bytes() == b.dbias.bytes();
}

void check_case(const Case& c) {
  const Arrays want = run_case(c, {cpu::Isa::reference}, 2);
  if (c.dtype == DType::f64) {
    check(same_bits(run_case(c, {cpu::best_isa()}, 1), want), c.name() + ": f64 takes the reference path");
    return;
  }
  const auto bound = [](int64_t terms) { return 3e-6 + 6e-8 * static_cast<double>(terms); };
  const double unit = 2.1 * epsilon_of(c.dtype), grad_unit = 2.1 * epsilon_of(c.grad_dtype);
  for (const cpu::InstructionSet& set : product_sets()) {
    if (set.dot != cpu::Dot::none && c.dtype != DType::bf16) continue;  // the base set's code
    const Arrays got = run_case(c, set, 1);
    const std::string name = c.name() + " " + set_name(set) + ": ";
    const auto near = [&](const char* what, const Buffer& a, const Buffer& b, double absolute, double relative) {
      const double error = worst_error(a, b, absolute / relative) / relative;
      check(error <= 1, name + what + ", error " + std::to_string(error));
    };
    // Products of bf16 take dz rounded: a term is off by half a unit, their sum by what random signs leave of it.
    const bool rounds = set.dot != cpu::Dot::none && c.activation != Activation::none;
    const auto rounding = [&](int64_t terms) {
      return bound(terms) + (rounds ? 2 * epsilon_of(c.dtype) * std::sqrt(static_cast<double>(terms)) : 0);
    };
    near("y", got.y, want.y, bound(c.k), unit);
    if (c.keep) near("z", got.z, want.z, bound(c.k), unit);
    near("dx", got.dx, want.dx, rounding(c.n), unit);
    near("dw", got.dw, want.dw, rounding(c.m), grad_unit);
    near("dbias", got.dbias, want.dbias, bound(c.m), grad_unit);
    for (int threads : {2, 4})
      check(same_bits(run_case(c, set, threads), got), name + "same bits with " + std::to_string(threads));
  }
}

// The sum of dy * y, whose gradients backward gives.
double objective(const Case& c, Arrays a) {
  Machine machine(cpu::Isa::reference, 1);
  cpu::linear_forward(forward_args(c, a), machine.run());
  double sum = 0;
  for (int64_t i = 0; i < c.m; ++i)
    for (int64_t j = 0; j < c.n; ++j) sum += a.dy.get(i * (c.n + kGap) + j) * a.y.get(i * (c.n + kGap) + j);
  return sum;
}

void check_gradients(const Case& c) {
  Arrays a(c);
  Machine machine(cpu::Isa::reference, 1);
  cpu::linear_forward(forward_args(c, a), machine.run());
  cpu::linear_backward(backward_args(c, a), machine.run());
  const auto compare = [&](Buffer Arrays::*input, const Buffer& gradient, const char* what) {
    for (int64_t i = 0; i < gradient.count(); ++i) {
      if (input == &Arrays::x && i % (c.k + kGap) >= c.k) continue;
      Arrays up = a, down = a;
      (up.*input).set(i, (a.*input).get(i) + 1e-5);
      (down.*input).set(i, (a.*input).get(i) - 1e-5);
      const double slope = (objective(c, up) - objective(c, down)) / 2e-5;
      check(std::fabs(slope - gradient.get(i)) <= 1e-7 * (1 + std::fabs(slope)), c.name() + " gradient of " + what);
    }
  };
  compare(&Arrays::x, a.dx, "x");
  compare(&Arrays::w, a.dw, "w");
  compare(&Arrays::bias, a.dbias, "bias");
}

void check_absent_outputs() {
  const Case c{33, 40, 50, Activation::gelu, DType::f32, DType::f32};
  const Arrays whole = run_case(c, {cpu::best_isa()}, 2);
  for (int absent = 0; absent < 8; ++absent) {
    Arrays a(c);
    a.z = Buffer(c.dtype, c.m * c.n, 6, 3.0);
    LinearBackwardArgs args = backward_args(c, a);
    if (absent & 1) args.dx = nullptr;
    if (absent & 2) args.dw = nullptr;
    if (absent & 4) args.dbias = nullptr;
    Machine machine(cpu::best_isa(), 2);
    cpu::linear_backward(args, machine.run());
    const Arrays untouched(c);
    check(a.dx.bytes() == (absent & 1 ? untouched : whole).dx.bytes() &&
              a.dw.bytes() == (absent & 2 ? untouched : whole).dw.bytes() &&
              a.dbias.bytes() == (absent & 4 ? untouched : whole).dbias.bytes(),
          "linear backward with absent outputs " + std::to_string(absent));
  }
}

void check_all() {
  const DType f32 = DType::f32;
  for (int64_t m : {0, 1, 2, 3, 7, 16, 17, 63, 64, 65, 129})
    for (int64_t n : {0, 1, 31, 64, 65})
      for (int64_t k : {0, 1, 63, 64, 65}) check_case({m, n, k, Activation::gelu, f32, f32});
  for (int i = 0; i < kActivationCount; ++i) {
    const auto activation = static_cast<Activation>(i);
    for (DType dtype : {f32, DType::bf16, DType::f16, DType::f64})
      for (int64_t m : {5, 70}) {
        check_case({m, 45, 37, activation, dtype, dtype});
        if (dtype != DType::f64) check_case({m, 45, 37, activation, dtype, f32, m == 5, m == 70, m == 5});
      }
    check_gradients({3, 4, 5, activation, DType::f64, DType::f64});
  }
  // Past one block of rows, of columns and of depth in each of the three products.
  check_case({300, 420, 900, Activation::none, f32, f32, true, false, false});
  check_case({900, 300, 130, Activation::relu, DType::bf16, f32, true, false, true});
  check_case({70, 65, 1700, Activation::none, DType::bf16, DType::bf16, true, true, false});
  check_absent_outputs();
}

}  // namespace
}  // namespace gridstride::test

int main() {
  gridstride::test::check_all();
  return gridstride::test::close();
}
