// The 8-bit linear layer of every instruction set, and of the twins of those this machine lacks, against the reference.
#include <array>
#include <limits>

#include "native/cpu/gemm/int8/kernels.h"
#include "test/native/linear_int8_case.h"

namespace gridstride::test {
namespace {

std::vector<cpu::InstructionSet> all_sets() {
  auto sets = cpu::available_sets();
  for (const auto& set : cpu::plain_sets()) sets.push_back(set);
  return sets;
}

cpu::Run& run_of(const cpu::InstructionSet& set, int threads) {
  cpu::Run& run = machine_with(threads).with(set.isa);
  run.dot = set.dot;
  run.is_plain = set.is_plain;
  return run;
}

void check_case(const Int8Case& c) {
  Int8Inputs in(c);
  const Int8Packed packed = quantize(c, in, cpu::linear_int8_quantize, reference_run());
  const Outputs expected = forward(c, in, packed, cpu::linear_int8_forward, reference_run());
  for (const auto& set : all_sets()) {
    const std::string name = c.name() + " " + cpu::set_name(set);
    const Outputs first = forward(c, in, packed, cpu::linear_int8_forward, run_of(set, 1));
    check_close(first[0], expected[0], c.units(), name);
    const Outputs again = forward(c, in, packed, cpu::linear_int8_forward, run_of(set, 4));
    check_same_bits(again[0], first[0], name + " with 4 threads");
  }
}

void check_sizes() {
  for (const DType dtype : {DType::f32, DType::bf16, DType::f16})
    for (const auto& [m, n, k] : {std::array<int64_t, 3>{0, 8, 8},
                                  {8, 0, 8},
                                  {8, 8, 0},
                                  {1, 1, 1},
                                  {2, 16, 64},
                                  {7, 15, 63},
                                  {14, 32, 65},
                                  {15, 17, 128},
                                  {33, 48, 66},
                                  {130, 33, 20},
                                  {300, 70, 40}})
      check_case({m, n, k, Activation::none, dtype, true, true, m % 2 ? 8 : 5});
  for (int i = 0; i < kActivationCount; ++i)
    check_case({17, 40, 24, static_cast<Activation>(i), DType::f32, i % 2 == 0, i % 3 == 0});
}

// The largest sums there are: no instruction may saturate on the way.
void check_extremes() {
  constexpr int64_t kDepth = 3072, kRows = 33, kColumns = 32;
  std::vector<float> x(kRows * kDepth, 1.0f), w(kColumns * kDepth, 1.0f), y(kRows * kColumns);
  for (size_t i = 0; i < w.size(); ++i) w[i] = i / kDepth % 2 ? -1.0f : 1.0f;
  for (size_t i = 0; i < x.size(); ++i) x[i] = i / kDepth % 3 ? -1.0f : 1.0f;
  Int8Packed packed{std::vector<uint8_t>(static_cast<size_t>(int8_blocks(kColumns) * int8_block_bytes(kDepth))),
                    std::vector<float>(kColumns)};
  cpu::linear_int8_quantize({w.data(), packed.bytes.data(), packed.scales.data(), kColumns, kDepth, DType::f32},
                            reference_run());
  for (const auto& set : all_sets()) {
    cpu::linear_int8_forward({x.data(), packed.bytes.data(), packed.scales.data(), nullptr, nullptr, y.data(), kRows,
                              kColumns, kDepth, kDepth, 0, kColumns, Activation::none, DType::f32},
                             run_of(set, 2));
    bool right = true;
    for (int64_t i = 0; i < kRows; ++i)
      for (int64_t j = 0; j < kColumns; ++j) {
        const double expected = (i % 3 ? -1 : 1) * (j % 2 ? -1 : 1) * static_cast<double>(kDepth);
        right &= std::abs(y[static_cast<size_t>(i * kColumns + j)] - expected) < 1e-2;
      }
    check(right, std::string("extremes ") + cpu::set_name(set));
  }
}

// Zeros stay zeros, and what is not finite makes its own row, or column, NaN.
void check_odd_values() {
  constexpr int64_t kRows = 4, kDepth = 8, kColumns = 3;
  std::vector<float> x(kRows * kDepth, 1.0f), w(kColumns * kDepth, 1.0f), y(kRows * kColumns);
  for (int64_t i = 0; i < kDepth; ++i) x[static_cast<size_t>(i)] = i % 2 ? 0x1p-120f : 0.0f;
  x[kDepth] = std::numeric_limits<float>::infinity();
  x[2 * kDepth + 3] = std::numeric_limits<float>::quiet_NaN();
  w[2 * kDepth] = -std::numeric_limits<float>::infinity();
  std::vector<uint8_t> packed(static_cast<size_t>(int8_block_bytes(kDepth)));
  std::vector<float> scales(kInt8Columns);
  cpu::linear_int8_quantize({w.data(), packed.data(), scales.data(), kColumns, kDepth, DType::f32}, reference_run());
  for (const auto& set : all_sets()) {
    cpu::linear_int8_forward({x.data(), packed.data(), scales.data(), nullptr, nullptr, y.data(), kRows, kColumns,
                              kDepth, kDepth, 0, kColumns, Activation::none, DType::f32},
                             run_of(set, 1));
    const bool rows = y[0] == 0 && std::isnan(y[3]) && std::isnan(y[6]) && y[9] == 8;
    check(rows && std::isnan(y[2]) && std::isnan(y[11]), std::string("odd values ") + cpu::set_name(set));
  }
}

}  // namespace
}  // namespace gridstride::test

int main() {
  using namespace gridstride::test;
  check_sizes();
  check_extremes();
  check_odd_values();
  return close();
}
