// Linear forward and backward: every instruction set against the reference loops, the reference's gradients against
// finite differences.
#include "kernels/gemm/linear.h"

#include "test/native/kernel_testing.h"

namespace gridstride::cpu {
void linear_forward(const LinearForwardArgs& args, Run& run);
void linear_backward(const LinearBackwardArgs& args, Run& run);
}  // namespace gridstride::cpu

namespace gridstride::testing {
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
  Array x, w, bias, residual, y, z, dy, dx, dw, dbias;

  explicit Arrays(const Case& c)
      : x(c.dtype, c.m * (c.k + kGap)),
        w(c.dtype, c.n * c.k),
        bias(c.dtype, c.n),
        residual(c.dtype, c.m * (c.n + kGap)),
        y(c.dtype, c.m * (c.n + kGap)),
        z(c.dtype, c.m * c.n),
        dy(c.dtype, c.m * (c.n + kGap)),
        dx(c.dtype, c.m * (c.k + kGap)),
        dw(c.grad_dtype, c.n * c.k),
        dbias(c.grad_dtype, c.n) {
    x.randomize(1), bias.randomize(3), residual.randomize(4), dy.randomize(5);
    w.randomize(2, 2.0 / std::sqrt(1.0 + static_cast<double>(c.k)));
    y.fill(7), z.fill(7), dx.fill(7), dw.fill(7), dbias.fill(7);
  }
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

Arrays run_case(const Case& c, cpu::Isa isa, int threads) {
  Arrays a(c);
  Machine machine(threads, isa);
  cpu::linear_forward(forward_args(c, a), machine.run());
  // Backward starts from the same z on every set, so that only its own error is seen.
  Arrays b = a;
  b.z.randomize(6, 3.0);
  cpu::linear_backward(backward_args(c, b), machine.run());
  b.z = a.z;
  return b;
}

bool same_bits(const Arrays& a, const Arrays& b) {
  return a.y.bytes() == b.y.bytes() && a.z.bytes() == b.z.bytes() && a.dx.bytes() == b.dx.bytes() &&
         a.dw.bytes() == b.dw.bytes() && a.dbias.bytes() == b.dbias.bytes();
}

void check_case(const Case& c, Report& report) {
  const Arrays want = run_case(c, cpu::Isa::reference, 2);
  if (c.dtype == DType::f64) {
    report.check(same_bits(run_case(c, cpu::best_isa(), 1), want), c.name() + ": f64 takes the reference path");
    return;
  }
  const auto bound = [](int64_t terms) { return 3e-6 + 6e-8 * static_cast<double>(terms); };
  const double unit = 2.1 * rounding_of(c.dtype), grad_unit = 2.1 * rounding_of(c.grad_dtype);
  for (cpu::Isa isa : optimised_isas()) {
    const Arrays got = run_case(c, isa, 1);
    const std::string name = c.name() + " " + isa_name(isa) + ": ";
    const auto check = [&](const char* what, double error) {
      report.check(error <= 1, name + what + ", error " + std::to_string(error));
    };
    check("y", worst_error(got.y, want.y, bound(c.k), unit));
    if (c.keep) check("z", worst_error(got.z, want.z, bound(c.k), unit));
    check("dx", worst_error(got.dx, want.dx, bound(c.n), unit));
    check("dw", worst_error(got.dw, want.dw, bound(c.m), grad_unit));
    check("dbias", worst_error(got.dbias, want.dbias, bound(c.m), grad_unit));
    for (int threads : {2, 4})
      report.check(same_bits(run_case(c, isa, threads), got), name + "same bits with " + std::to_string(threads));
  }
}

// The sum of dy * y, whose gradients backward gives.
double objective(const Case& c, Arrays a) {
  Machine machine(1, cpu::Isa::reference);
  cpu::linear_forward(forward_args(c, a), machine.run());
  double sum = 0;
  for (int64_t i = 0; i < c.m; ++i)
    for (int64_t j = 0; j < c.n; ++j) sum += a.dy[i * (c.n + kGap) + j] * a.y[i * (c.n + kGap) + j];
  return sum;
}

void check_gradients(const Case& c, Report& report) {
  Arrays a(c);
  Machine machine(1, cpu::Isa::reference);
  cpu::linear_forward(forward_args(c, a), machine.run());
  cpu::linear_backward(backward_args(c, a), machine.run());
  const auto check = [&](Array Arrays::*input, const Array& gradient, const char* what) {
    for (int64_t i = 0; i < gradient.size(); ++i) {
      if (input == &Arrays::x && i % (c.k + kGap) >= c.k) continue;
      Arrays up = a, down = a;
      (up.*input).set(i, (a.*input)[i] + 1e-5);
      (down.*input).set(i, (a.*input)[i] - 1e-5);
      const double slope = (objective(c, up) - objective(c, down)) / 2e-5;
      report.check(std::fabs(slope - gradient[i]) <= 1e-7 * (1 + std::fabs(slope)), c.name() + " gradient of " + what);
    }
  };
  check(&Arrays::x, a.dx, "x");
  check(&Arrays::w, a.dw, "w");
  check(&Arrays::bias, a.dbias, "bias");
}

void check_absent_outputs(Report& report) {
  const Case c{33, 40, 50, Activation::gelu, DType::f32, DType::f32};
  const Arrays whole = run_case(c, cpu::best_isa(), 2);
  for (int absent = 0; absent < 8; ++absent) {
    Arrays a(c);
    a.z.randomize(6, 3.0);
    LinearBackwardArgs args = backward_args(c, a);
    if (absent & 1) args.dx = nullptr;
    if (absent & 2) args.dw = nullptr;
    if (absent & 4) args.dbias = nullptr;
    Machine machine(2, cpu::best_isa());
    cpu::linear_backward(args, machine.run());
    const Arrays untouched(c);
    report.check(a.dx.bytes() == (absent & 1 ? untouched : whole).dx.bytes() &&
                     a.dw.bytes() == (absent & 2 ? untouched : whole).dw.bytes() &&
                     a.dbias.bytes() == (absent & 4 ? untouched : whole).dbias.bytes(),
                 "linear backward with absent outputs " + std::to_string(absent));
  }
}

void check_all(Report& report) {
  const DType f32 = DType::f32;
  for (int64_t m : {0, 1, 2, 3, 7, 16, 17, 63, 64, 65, 129})
    for (int64_t n : {0, 1, 31, 64, 65})
      for (int64_t k : {0, 1, 63, 64, 65}) check_case({m, n, k, Activation::gelu, f32, f32}, report);
  for (int i = 0; i < kActivationCount; ++i) {
    const auto activation = static_cast<Activation>(i);
    for (DType dtype : {f32, DType::bf16, DType::f16, DType::f64})
      for (int64_t m : {5, 70}) {
        check_case({m, 45, 37, activation, dtype, dtype}, report);
        if (dtype != DType::f64) check_case({m, 45, 37, activation, dtype, f32, m == 5, m == 70, m == 5}, report);
      }
    check_gradients({3, 4, 5, activation, DType::f64, DType::f64}, report);
  }
  // Past one block of rows, of columns and of depth in each of the three products.
  check_case({300, 420, 900, Activation::none, f32, f32, true, false, false}, report);
  check_case({900, 300, 130, Activation::relu, DType::bf16, f32, true, false, true}, report);
  check_absent_outputs(report);
}

}  // namespace
}  // namespace gridstride::testing

int main() {
  gridstride::testing::Report report;
  gridstride::testing::check_all(report);
  return report.finish();
}
