// Softmax's kernels against the double-precision reference: all mappings, tails, rows apart, in place, special values.
#include "kernels/loss/softmax.h"

#include <limits>

#include "test/kernels/emulated_run.h"

namespace gridstride {
namespace cpu {
void softmax_forward(const SoftmaxForwardArgs& args, Run& run);
void softmax_backward(const SoftmaxBackwardArgs& args, Run& run);
}  // namespace cpu
namespace cuda {
void softmax_forward(const SoftmaxForwardArgs& args, Run& run);
void softmax_backward(const SoftmaxBackwardArgs& args, Run& run);
}  // namespace cuda

namespace test {
namespace {

constexpr double kUnits = 16;

void check_case(DType dtype, int64_t rows, int64_t columns, int64_t gap, int32_t logarithm) {
  const int64_t stride = columns + gap, count = rows * columns;
  Buffer x(dtype, rows * stride, 1, 6), dy(dtype, count, 2), y(dtype, count), dx(dtype, count);
  const std::string name = label(logarithm ? "log_softmax" : "softmax", cpu::Isa::reference, dtype, rows, columns);
  cpu::softmax_forward({x.data(), y.data(), rows, columns, stride, logarithm, dtype}, reference_run());
  cpu::softmax_backward({y.data(), dy.data(), dx.data(), rows, columns, logarithm, dtype}, reference_run());
  const auto forward = [&](cuda::Run& run) {
    Outputs out = {gap == 0 ? x : Buffer(dtype, count)};  // in place where rows touch
    cuda::softmax_forward({gap == 0 ? out[0].data() : x.data(), out[0].data(), rows, columns, stride, logarithm, dtype},
                          run);
    return out;
  };
  const auto backward = [&](cuda::Run& run) {
    Outputs out = {dy};
    cuda::softmax_backward({y.data(), out[0].data(), out[0].data(), rows, columns, logarithm, dtype}, run);
    return out;
  };
  compare_with_cpu(name, {y}, forward, kUnits);
  compare_with_cpu(name + " backward", {dx}, backward, kUnits);
}

void special_values(int64_t columns) {
  constexpr double kInf = std::numeric_limits<double>::infinity(), kNan = std::numeric_limits<double>::quiet_NaN();
  Buffer x(DType::f32, 3 * columns), y(DType::f32, 3 * columns);
  for (int64_t i = 0; i < 3 * columns; ++i) x.set(i, i < columns || i >= 2 * columns ? -kInf : 1000);
  x.set(3, 2);
  const auto run = [&] {
    cuda::softmax_forward({x.data(), y.data(), 3, columns, columns, 0, DType::f32}, emulated_run());
  };
  run();
  const double even = 1.0 / static_cast<double>(columns);
  check(y.get(3) == 1 && y.get(0) == 0 && std::abs(y.get(columns) - even) < 1e-8, "softmax of -inf and of 1000");
  check(std::isnan(y.get(2 * columns)), "softmax of a row of -inf");
  x.set(5, kNan);
  run();
  check(std::isnan(y.get(3)) && !std::isnan(y.get(columns)), "softmax of NaN");
}

}  // namespace
}  // namespace test
}  // namespace gridstride

int main() {
  using namespace gridstride;
  using namespace gridstride::test;
  for (const DType dtype : {DType::f32, DType::bf16, DType::f16})
    for (const auto& [rows, columns] : {std::pair<int64_t, int64_t>{0, 4},
                                        {2, 0},
                                        {1, 1},
                                        {3, 2},
                                        {5, 63},
                                        {4, 64},
                                        {7, 65},
                                        {6, 248},
                                        {2, 1000},
                                        {2, 2048},
                                        {3, 2049},
                                        {2, 8300}})
      for (const int64_t gap : {0, 3, 8})
        for (const int32_t logarithm : {0, 1}) check_case(dtype, rows, columns, gap, logarithm);
  // A vocabulary: held by a block forward, and backward where it has 16 bits; and a row that no block holds.
  check_case(DType::bf16, 2, 30522, 0, 0);
  check_case(DType::f32, 2, 30522, 0, 1);
  check_case(DType::f32, 1, 32777, 0, 0);
  for (const int64_t columns : {20, 21, 4099, 32777}) special_values(columns);
  return close();
}
