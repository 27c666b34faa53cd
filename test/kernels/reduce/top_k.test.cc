// top_k's kernels against the CPU's: by selection, by rank and by sorting; ties, NaN, signed zeros, strided rows.
#include "kernels/reduce/top_k.h"

#include "test/kernels/emulated_run.h"

namespace gridstride {
namespace cpu {
void top_k(const TopKArgs& args, Run& run);
}  // namespace cpu
namespace cuda {
void top_k(const TopKArgs& args, Run& run);
}  // namespace cuda

namespace test {
namespace {

void check_case(DType dtype, int64_t rows, int64_t columns, int64_t k) {
  const int64_t stride = columns + 3;
  Buffer x(dtype, std::max<int64_t>(0, rows * stride - 3));
  Sequence sequence(3);
  for (int64_t i = 0; i < x.count(); ++i) {
    const auto value = static_cast<double>(sequence.below(120));
    x.set(i, dtype == DType::boolean ? i % 3 == 0 : dtype == DType::u8 ? value : value / 4 - 15);
    if (is_floating(dtype) && i % 37 == 5) x.set(i, std::nan(""));
    if (is_floating(dtype) && i % 7 == 5) x.set(i, i % 2 != 0 ? 0.0 : -0.0);
    if (is_floating(dtype) && i % 41 == 5) x.set(i, i % 2 != 0 ? INFINITY : -INFINITY);
    if (dtype == DType::i64 && i % 5 == 0) x.as<int64_t>()[i] = (i % 2 != 0 ? 1 : -1) * (int64_t{1} << 40) + i % 3;
  }
  for (const int32_t smallest : {0, 1}) {
    const auto run_on = [&](auto launch, auto& run) {
      Outputs out = {Buffer(dtype, rows * k), Buffer(DType::i64, rows * k)};
      launch({x.data(), out[0].data(), out[1].data(), rows, columns, stride, k, smallest, dtype}, run);
      return out;
    };
    compare_with_cpu(
        label("top_k", cpu::Isa::reference, dtype, columns, k) + (smallest != 0 ? " smallest" : ""),
        run_on(cpu::top_k, reference_run()), [&](cuda::Run& run) { return run_on(cuda::top_k, run); }, 0);
  }
}

}  // namespace
}  // namespace test
}  // namespace gridstride

int main() {
  using namespace gridstride;
  using namespace gridstride::test;
  for (const DType dtype : {DType::f32, DType::bf16, DType::f16, DType::i64, DType::i32, DType::u8, DType::boolean}) {
    check_case(dtype, 0, 5, 2);
    check_case(dtype, 3, 5, 0);
    check_case(dtype, 3, 1, 1);
    check_case(dtype, 3, 300, 7);
    check_case(dtype, 2, 40, 40);
    check_case(dtype, 2, 300, 17);
  }
  check_case(DType::f32, 2, 1025, 18);
  check_case(DType::i64, 1, 1025, 1025);
  check_case(DType::f16, 1, 1030, 20);
  return close();
}
