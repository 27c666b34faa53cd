// The 8-bit linear layer's kernels against the reference: tails of rows, columns and depth, epilogues, strided and
// misaligned rows.
#include "test/native/linear_int8_case.h"

#include <array>
#include <limits>

#include "test/kernels/emulated_run.h"

namespace gridstride {
namespace cuda {
void linear_int8_quantize(const LinearInt8QuantizeArgs& args, Run& run);
void linear_int8_forward(const LinearInt8ForwardArgs& args, Run& run);
}  // namespace cuda

namespace test {
namespace {

void check_case(const Int8Case& c) {
  Int8Inputs in(c);
  const Int8Packed packed = quantize(c, in, cpu::linear_int8_quantize, reference_run());
  const Int8Packed made = quantize(c, in, cuda::linear_int8_quantize, emulated_run());
  check(made.bytes == packed.bytes && made.scales == packed.scales, "weights " + c.name());
  compare_with_cpu(
      c.name(), forward(c, in, packed, cpu::linear_int8_forward, reference_run()),
      [&](cuda::Run& run) { return forward(c, in, packed, cuda::linear_int8_forward, run); }, c.units());
}

void check_sizes() {
  for (const DType dtype : {DType::f32, DType::bf16, DType::f16})
    for (const auto& [m, n, k] : {std::array<int64_t, 3>{0, 8, 8},
                                  {8, 0, 8},
                                  {8, 8, 0},
                                  {1, 1, 1},
                                  {7, 15, 63},
                                  {63, 17, 64},
                                  {65, 33, 66},
                                  {3, 65, 200},
                                  {66, 130, 320}})
      check_case({m, n, k, Activation::none, dtype, true, true, m % 2 ? 8 : 5});
}

void check_epilogues() {
  for (int i = 0; i < kActivationCount; ++i) {
    const DType dtype = std::array{DType::f32, DType::bf16, DType::f16}[static_cast<size_t>(i % 3)];
    check_case({5, 24, 40, static_cast<Activation>(i), dtype, i % 2 == 0, i % 3 == 0});
  }
}

// Zeros stay zeros, and what is not finite makes its own row NaN.
void check_odd_values() {
  constexpr int64_t kRows = 4, kDepth = 8;
  std::vector<float> x(kRows * kDepth, 0.0f), w(kDepth, 1.0f), y(kRows, 7.0f);
  x[kDepth] = std::numeric_limits<float>::infinity();
  x[2 * kDepth + 3] = std::numeric_limits<float>::quiet_NaN();
  for (int64_t i = 0; i < kDepth; ++i) x[static_cast<size_t>(3 * kDepth + i)] = 0x1p-120f;
  std::vector<uint8_t> packed(static_cast<size_t>(int8_block_bytes(kDepth)));
  std::vector<float> scales(kInt8Columns);
  cuda::linear_int8_quantize({w.data(), packed.data(), scales.data(), 1, kDepth, DType::f32}, emulated_run());
  cuda::linear_int8_forward({x.data(), packed.data(), scales.data(), nullptr, nullptr, y.data(), kRows, 1, kDepth,
                             kDepth, 0, 1, Activation::none, DType::f32},
                            emulated_run());
  check(y[0] == 0 && std::isnan(y[1]) && std::isnan(y[2]) && y[3] == 0,
        "rows of zeros, infinity, NaN and tiny numbers");
}

void refuses() {
  LinearInt8ForwardArgs forward{};
  LinearInt8QuantizeArgs weights{};
  forward.dtype = weights.dtype = DType::f64;
  std::string text;
  check(error_of([&] { cuda::linear_int8_forward(forward, emulated_run()); }, &text) == ErrorCode::kDType &&
            text == "linear_int8: dtype must be f32, bf16 or f16 on cuda, got f64",
        "f64: " + text);
  check(error_of([&] { cuda::linear_int8_quantize(weights, emulated_run()); }, &text) == ErrorCode::kDType, text);
}

}  // namespace
}  // namespace test
}  // namespace gridstride

int main() {
  using namespace gridstride::test;
  check_sizes();
  check_epilogues();
  check_odd_values();
  refuses();
  return close();
}
