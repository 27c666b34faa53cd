// The linear layer's kernels against the double-precision reference: tiles, tails, epilogues, splits of the depth,
// strided and misaligned rows. dz is rounded to bf16 or f16 before the products (linear.h), which the tolerance of dx
// and dw knows.
#include "kernels/gemm/linear.h"

#include <array>

#include "test/kernels/emulated_run.h"

namespace gridstride {
namespace cpu {
void linear_forward(const LinearForwardArgs& args, Run& run);
void linear_backward(const LinearBackwardArgs& args, Run& run);
}  // namespace cpu
namespace cuda {
void linear_forward(const LinearForwardArgs& args, Run& run);
void linear_backward(const LinearBackwardArgs& args, Run& run);
}  // namespace cuda

namespace test {
namespace {

struct Case {
  int64_t m, n, k;
  Activation activation;
  DType dtype, grad_dtype;
  bool bias = true, residual = true, keep = true;
  int64_t gap = 8;          // between rows of strided arrays
  int multiprocessors = 4;  // few: large tiles; many: the depth is split
  bool dx = true, dw = true, dbias = true;

  std::string name(const char* pass) const {
    return std::string(pass) + " " + std::to_string(m) + "x" + std::to_string(n) + "x" + std::to_string(k) + " act " +
           std::to_string(static_cast<int>(activation)) + " " + dtype_name(dtype) + "/" + dtype_name(grad_dtype) +
           " gap " + std::to_string(gap) + " on " + std::to_string(multiprocessors);
  }
};

struct Inputs {
  explicit Inputs(const Case& c)
      : x(c.dtype, c.m * (c.k + c.gap), 1),
        w(c.dtype, c.n * c.k, 2, 2.0 / std::sqrt(1.0 + static_cast<double>(c.k))),
        bias(c.dtype, c.n, 3),
        residual(c.dtype, c.m * (c.n + c.gap), 4),
        dy(c.dtype, c.m * (c.n + c.gap), 5),
        z(c.dtype, c.m * c.n, 6, 3.0) {}
  Buffer x, w, bias, residual, dy, z;
};

// y, z. Outputs start as 7, which the gaps between rows keep.
template <class Run>
Outputs forward(const Case& c, Inputs& in, void (*launch)(const LinearForwardArgs&, Run&), Run& run) {
  Outputs out = {Buffer(c.dtype, c.m * (c.n + c.gap), 0, 0, 7), Buffer(c.dtype, c.m * c.n, 0, 0, 7)};
  launch({in.x.data(), in.w.data(), c.bias ? in.bias.data() : nullptr, c.residual ? in.residual.data() : nullptr,
          out[0].data(), c.keep ? out[1].data() : nullptr, c.m, c.n, c.k, c.k + c.gap, c.n + c.gap, c.n + c.gap,
          c.activation, c.dtype},
         run);
  return out;
}

// dx, dw, dbias
template <class Run>
Outputs backward(const Case& c, Inputs& in, void (*launch)(const LinearBackwardArgs&, Run&), Run& run) {
  Outputs out = {Buffer(c.dtype, c.m * (c.k + c.gap), 0, 0, 7), Buffer(c.grad_dtype, c.n * c.k, 0, 0, 7),
                 Buffer(c.grad_dtype, c.n, 0, 0, 7)};
  launch({in.dy.data(), in.x.data(), in.w.data(), c.activation == Activation::none ? nullptr : in.z.data(),
          c.dx ? out[0].data() : nullptr, c.dw ? out[1].data() : nullptr, c.dbias ? out[2].data() : nullptr, c.m, c.n,
          c.k, c.n + c.gap, c.k + c.gap, c.k + c.gap, c.activation, c.dtype, c.grad_dtype},
         run);
  return out;
}

// Roundings of `dtype` that a sum of `terms` may be off by: its own, those of f32, and of dz where there is one.
double units(DType dtype, int64_t terms, double of_dz) {
  const double f32 = 32 + static_cast<double>(terms);
  return 2.1 + (f32 * epsilon_of(DType::f32) + of_dz * std::sqrt(static_cast<double>(terms))) / epsilon_of(dtype);
}

void check_case(const Case& c, bool runs_forward = true, bool runs_backward = true) {
  Inputs in(c);
  emulated_run().multiprocessors = c.multiprocessors;
  if (runs_forward)
    compare_with_cpu(
        c.name("forward"), forward(c, in, cpu::linear_forward, reference_run()),
        [&](cuda::Run& run) { return forward(c, in, cuda::linear_forward, run); }, units(c.dtype, c.k, 0));
  const double of_dz = c.activation == Activation::none || c.dtype == DType::f32 ? 0 : 1.5 * epsilon_of(c.dtype);
  if (runs_backward)
    compare_with_cpu(
        c.name("backward"), backward(c, in, cpu::linear_backward, reference_run()),
        [&](cuda::Run& run) { return backward(c, in, cuda::linear_backward, run); },
        std::vector<double>{units(c.dtype, c.n, of_dz), units(c.grad_dtype, c.m, of_dz), units(c.grad_dtype, c.m, 0)});
}

constexpr DType kDTypes[] = {DType::f32, DType::bf16, DType::f16};

// Sizes round the small tile and round a vector, every array aligned or not.
void check_sizes() {
  for (const DType dtype : kDTypes)
    for (const auto& [m, n, k] : {std::array<int64_t, 3>{0, 8, 8},
                                  {8, 0, 8},
                                  {8, 8, 0},
                                  {1, 1, 1},
                                  {7, 8, 63},
                                  {63, 7, 8},
                                  {8, 63, 7},
                                  {65, 8, 72},
                                  {8, 72, 65},
                                  {1, 136, 136}})
      check_case({m, n, k, Activation::none, dtype, dtype, true, true, true, m % 2 ? 8 : 5});
}

void check_epilogues() {
  for (int i = 0; i < kActivationCount; ++i) {
    const auto activation = static_cast<Activation>(i);
    const DType dtype = kDTypes[i % 3];
    check_case({5, 40, 24, activation, dtype, DType::f32, i % 2 == 0, i % 3 == 0, true});
    check_case({9, 13, 24, activation, kDTypes[(i + 1) % 3], kDTypes[(i + 1) % 3], true, true, i % 2 == 0, 3});
  }
}

void check_tiles() {
  for (const DType dtype : kDTypes) {
    // One multiprocessor takes the largest tile; many split the depth, of dw's long one in particular.
    check_case({130, 136, 40, Activation::relu, dtype, DType::f32, true, true, true, 8, 1});
    check_case({3, 16, 600, Activation::silu, dtype, dtype, true, true, true, 8, 132}, true, false);
    check_case({600, 16, 8, Activation::silu, dtype, DType::f32, true, true, true, 8, 132}, false, true);
  }
  check_case({70, 136, 24, Activation::none, DType::bf16, DType::bf16, false, false, false, 8, 2});
}

void check_absent_outputs() {
  for (int absent = 0; absent < 8; ++absent)
    for (const Activation activation : {Activation::none, Activation::tanh})
      check_case({9, 16, 8, activation, DType::bf16, DType::f32, true, true, true, 8, 4, (absent & 1) == 0,
                  (absent & 2) == 0, (absent & 4) == 0},
                 false, true);
}

void refuses() {
  LinearForwardArgs forward_args{};
  LinearBackwardArgs backward_args{};
  forward_args.dtype = backward_args.dtype = backward_args.grad_dtype = DType::f64;
  std::string text;
  check(error_of([&] { cuda::linear_forward(forward_args, emulated_run()); }, &text) == ErrorCode::kDType &&
            text == "linear: dtype must be f32, bf16 or f16 on cuda, got f64",
        "f64 forward: " + text);
  check(error_of([&] { cuda::linear_backward(backward_args, emulated_run()); }, &text) == ErrorCode::kDType,
        "f64 backward: " + text);
}

}  // namespace
}  // namespace test
}  // namespace gridstride

int main() {
  using namespace gridstride::test;
  check_sizes();
  check_epilogues();
  check_tiles();
  check_absent_outputs();
  refuses();
  return close();
}
