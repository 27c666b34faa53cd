// index_select's kernels against the reference: outer and inner sizes, ids that repeat.
#include "kernels/layout/index_select.h"

#include "test/kernels/emulated_run.h"

namespace gridstride {
namespace cpu {
void index_select_forward(const IndexSelectForwardArgs& args, Run& run);
void index_select_backward(const IndexSelectBackwardArgs& args, Run& run);
}  // namespace cpu
namespace cuda {
void index_select_forward(const IndexSelectForwardArgs& args, Run& run);
void index_select_backward(const IndexSelectBackwardArgs& args, Run& run);
}  // namespace cuda

namespace test {
namespace {

void check_case(DType dtype, int64_t outer, int64_t size, int64_t count, int64_t inner) {
  Buffer ids(DType::i64, count), x(dtype, outer * size * inner, 1, 20, 30), dy(dtype, outer * count * inner, 2);
  Sequence sequence(5);
  for (int64_t i = 0; i < count; ++i) ids.set(i, i % 4 == 0 ? 1.0 : static_cast<double>(sequence.below(size)));
  const std::string name = label("index_select", cpu::Isa::reference, dtype, size, count) + " " +
                           std::to_string(outer) + " x " + std::to_string(inner);
  const auto forward = [&](auto launch, auto& run) {
    Outputs out = {Buffer(dtype, outer * count * inner)};
    launch({x.data(), ids.data(), out[0].data(), outer, size, count, inner, dtype, DType::i64}, run);
    return out;
  };
  compare_with_cpu(
      name, forward(cpu::index_select_forward, reference_run()),
      [&](cuda::Run& run) { return forward(cuda::index_select_forward, run); }, 0);
  if (!is_floating(dtype)) return;
  const auto backward = [&](auto launch, auto& run) {
    Outputs out = {Buffer(dtype, outer * size * inner)};
    launch({dy.data(), ids.data(), out[0].data(), outer, size, count, inner, dtype, DType::i64}, run);
    return out;
  };
  compare_with_cpu(
      name + " backward", backward(cpu::index_select_backward, reference_run()),
      [&](cuda::Run& run) { return backward(cuda::index_select_backward, run); }, 60);
}

}  // namespace
}  // namespace test
}  // namespace gridstride

int main() {
  using namespace gridstride;
  using namespace gridstride::test;
  for (const DType dtype : {DType::f32, DType::bf16, DType::f16, DType::i64, DType::u8})
    for (const auto& [outer, inner] : {std::pair<int64_t, int64_t>{1, 64}, {3, 40}, {2, 35}, {3, 4}, {7, 1}, {0, 4}})
      for (const int64_t count : {0, 1, 5, 100}) check_case(dtype, outer, 9, count, inner);
  return close();
}
