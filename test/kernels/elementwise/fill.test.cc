// The fill kernels against the CPU's, bit for bit: every dtype, strides; what lies between strided elements stays.
#include "kernels/elementwise/fill.h"

#include "test/kernels/strided_case.h"

namespace gridstride {
namespace cpu {
void fill(const FillArgs& args, Run& run);
}  // namespace cpu
namespace cuda {
void fill(const FillArgs& args, Run& run);
}  // namespace cuda

namespace test {
namespace {

void check_case(const StridedCase& c, DType dtype, double value) {
  FillArgs args{};
  put(args.sizes, c.sizes);
  put(args.y_strides, c.y);
  args.rank = static_cast<int32_t>(c.sizes.size());
  args.value = value;
  args.dtype = dtype;
  const auto run_on = [&](auto launch, auto& run) {
    Outputs out = {Buffer(dtype, extent(c.sizes, c.y) + c.shift)};
    FillArgs mine = args;
    mine.y = at_element(out[0], c.shift);
    launch(mine, run);
    return out;
  };
  const std::string name = label(c.name, cpu::Isa::reference, dtype);
  const Outputs expected = run_on(cpu::fill, reference_run());
  compare_with_cpu(
      name, expected, [&](cuda::Run& run) { return run_on(cuda::fill, run); }, 0);
  check_same_bits(run_on(cuda::fill, emulated_run())[0], expected[0], name);
}

}  // namespace
}  // namespace test
}  // namespace gridstride

int main() {
  using namespace gridstride;
  using namespace gridstride::test;
  for (const auto& c : strided_cases())
    for (int dtype = 0; dtype < kDTypeCount; ++dtype)
      for (const double value : {0.0, 3.7, -1e30}) check_case(c, static_cast<DType>(dtype), value);
  return close();
}
