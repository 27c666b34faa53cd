// The cast kernels against the CPU's, bit for bit: every pair of dtypes, strides, values that do not fit.
#include "kernels/elementwise/cast.h"

#include "test/kernels/strided_case.h"

namespace gridstride {
namespace cpu {
void cast(const CastArgs& args, Run& run);
}  // namespace cpu
namespace cuda {
void cast(const CastArgs& args, Run& run);
}  // namespace cuda

namespace test {
namespace {

void check_case(const StridedCase& c, DType from, DType to) {
  const std::vector<double> special = {std::nan(""), INFINITY, -INFINITY, 1e30, -1e30, 2147483648.5, 255.5, -0.75};
  Buffer x(from, extent(c.sizes, c.a) + c.shift);
  for (int64_t i = 0; i < x.count(); ++i) {
    const double small = from == DType::boolean ? i % 2 : from == DType::u8 ? i % 256 : (i % 200 - 50) * 1.0009765;
    x.set(i, is_floating(from) && i % 5 == 0 ? special[static_cast<size_t>(i / 5) % special.size()] : small);
    if (from == DType::i64 && i % 5 == 0) x.as<int64_t>()[i] = (int64_t{1} << 55) + 4096 * i + 1;
  }
  CastArgs args{};
  put(args.sizes, c.sizes);
  put(args.x_strides, c.a);
  put(args.y_strides, c.y);
  args.rank = static_cast<int32_t>(c.sizes.size());
  args.x = at_element(x, c.shift);
  args.x_dtype = from;
  args.y_dtype = to;
  const auto run_on = [&](auto launch, auto& run) {
    Outputs out = {Buffer(to, extent(c.sizes, c.y))};
    CastArgs mine = args;
    mine.y = out[0].data();
    launch(mine, run);
    return out;
  };
  compare_with_cpu(
      label(c.name, cpu::Isa::reference, from, static_cast<int>(from), static_cast<int>(to)),
      run_on(cpu::cast, reference_run()), [&](cuda::Run& run) { return run_on(cuda::cast, run); }, 0);
}

}  // namespace
}  // namespace test
}  // namespace gridstride

int main() {
  using namespace gridstride;
  using namespace gridstride::test;
  for (int from = 0; from < kDTypeCount; ++from)
    for (int to = 0; to < kDTypeCount; ++to)
      for (const size_t layout : {2, 3, 12})
        check_case(strided_cases()[layout], static_cast<DType>(from), static_cast<DType>(to));
  for (const auto& c : strided_cases()) {
    check_case(c, DType::f32, DType::bf16);
    check_case(c, DType::u8, DType::i64);
  }
  return close();
}
