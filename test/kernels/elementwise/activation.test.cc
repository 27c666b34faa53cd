// The activation kernels against the double-precision reference: every kind, tails, unaligned tensors, in place.
#include "kernels/elementwise/activation.h"

#include "test/kernels/emulated_run.h"

namespace gridstride {
namespace cpu {
void activation_forward(const ActivationForwardArgs& args, Run& run);
void activation_backward(const ActivationBackwardArgs& args, Run& run);
}  // namespace cpu
namespace cuda {
void activation_forward(const ActivationForwardArgs& args, Run& run);
void activation_backward(const ActivationBackwardArgs& args, Run& run);
}  // namespace cuda

namespace test {
namespace {

constexpr double kUnits = 8;

void check_case(Activation kind, DType dtype, int64_t count, int64_t shift) {
  Buffer x(dtype, count + shift, 1, 6), dy(dtype, count, 2), y(dtype, count), dx(dtype, count);
  const char* first = static_cast<char*>(x.data()) + shift * dtype_size(dtype);
  const std::string name = label("activation", cpu::Isa::reference, dtype, static_cast<int>(kind), count);
  cpu::activation_forward({first, y.data(), count, kind, dtype}, reference_run());
  cpu::activation_backward({first, dy.data(), dx.data(), count, kind, dtype}, reference_run());
  const auto forward = [&](cuda::Run& run) {
    Outputs out = {Buffer(dtype, count)};
    cuda::activation_forward({first, out[0].data(), count, kind, dtype}, run);
    return out;
  };
  const auto backward = [&](cuda::Run& run) {
    Outputs out = {dy};
    cuda::activation_backward({first, out[0].data(), out[0].data(), count, kind, dtype}, run);
    return out;
  };
  compare_with_cpu(name, {y}, forward, kUnits);
  compare_with_cpu(name + " backward", {dx}, backward, kUnits);
}

}  // namespace
}  // namespace test
}  // namespace gridstride

int main() {
  using namespace gridstride;
  using namespace gridstride::test;
  for (int kind = 0; kind < kActivationCount; ++kind)
    for (const DType dtype : {DType::f32, DType::bf16, DType::f16})
      for (const int64_t count : {0, 1, 63, 64, 65, 4099})
        for (const int64_t shift : {0, 1}) check_case(static_cast<Activation>(kind), dtype, count, shift);
  // More vectors than the grid has threads.
  check_case(Activation::relu, DType::f32, 2048 * 256 * 4 + 5, 0);
  return close();
}
