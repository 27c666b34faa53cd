// The where kernels against the CPU's, bit for bit: every width of element, strides, a broadcast condition.
#include "kernels/elementwise/where.h"

#include "test/kernels/strided_case.h"

namespace gridstride {
namespace cpu {
void where(const WhereArgs& args, Run& run);
}  // namespace cpu
namespace cuda {
void where(const WhereArgs& args, Run& run);
}  // namespace cuda

namespace test {
namespace {

void check_case(const StridedCase& c, const Sizes& condition_strides, DType dtype) {
  Buffer a = numbers(dtype, extent(c.sizes, c.a) + c.shift, 1, 2, 3);
  Buffer b = numbers(dtype, extent(c.sizes, c.b), 2, 2, 3);
  Buffer condition = numbers(DType::boolean, extent(c.sizes, condition_strides), 3, 0, 0);
  WhereArgs args{};
  put(args.sizes, c.sizes);
  put(args.condition_strides, condition_strides);
  put(args.a_strides, c.a);
  put(args.b_strides, c.b);
  put(args.y_strides, c.y);
  args.rank = static_cast<int32_t>(c.sizes.size());
  args.dtype = dtype;
  args.condition = condition.data();
  args.a = at_element(a, c.shift);
  args.b = b.data();
  const auto run_on = [&](auto launch, auto& run) {
    Outputs out = {Buffer(dtype, extent(c.sizes, c.y))};
    WhereArgs mine = args;
    mine.y = out[0].data();
    launch(mine, run);
    return out;
  };
  compare_with_cpu(
      label(c.name, cpu::Isa::reference, dtype), run_on(cpu::where, reference_run()),
      [&](cuda::Run& run) { return run_on(cuda::where, run); }, 0);
}

}  // namespace
}  // namespace test
}  // namespace gridstride

int main() {
  using namespace gridstride;
  using namespace gridstride::test;
  for (const auto& c : strided_cases()) {
    for (const DType dtype : {DType::boolean, DType::f16, DType::f32, DType::i64, DType::f64}) {
      check_case(c, contiguous(c.sizes), dtype);
      Sizes repeated = contiguous(c.sizes);
      for (size_t d = 1; d < repeated.size(); ++d) repeated[d] = 0;
      if (!repeated.empty()) check_case(c, repeated, dtype);
    }
  }
  return close();
}
