// Scatter's and scatter-add's kernels against the CPU: short and many columns, sorted ones, strides, equal places, bad
// indices.
#include "kernels/layout/scatter.h"

#include "test/kernels/strided_case.h"

namespace gridstride {
namespace cpu {
void scatter(const ScatterArgs& args, Run& run);
void scatter_add(const ScatterArgs& args, Run& run);
}  // namespace cpu
namespace cuda {
void scatter(const ScatterArgs& args, Run& run);
void scatter_add(const ScatterArgs& args, Run& run);
}  // namespace cuda

namespace test {
namespace {

struct Case {
  Sizes x, index;
  int dim;
  bool transposed = false;  // index and source lie the other way round
};

Sizes strides_of(const Sizes& sizes, bool transposed) {
  if (!transposed) return contiguous(sizes);
  const Sizes turned = contiguous({sizes.rbegin(), sizes.rend()});
  return {turned.rbegin(), turned.rend()};
}

ScatterArgs args_of(const Case& c, DType dtype, DType index_dtype) {
  ScatterArgs args{};
  put(args.sizes, c.index);
  put(args.index_strides, strides_of(c.index, c.transposed));
  put(args.source_strides, strides_of(c.index, c.transposed));
  put(args.y_strides, contiguous(c.x));
  args.size = c.x[static_cast<size_t>(c.dim)];
  args.count = product(c.x);
  args.rank = static_cast<int32_t>(c.x.size());
  args.dim = c.dim;
  args.dtype = dtype;
  args.index_dtype = index_dtype;
  return args;
}

void check_case(const Case& c, DType dtype, DType index_dtype) {
  ScatterArgs args = args_of(c, dtype, index_dtype);
  Buffer x = numbers(dtype, args.count, 1, 20, 30), source = numbers(dtype, product(c.index), 2, 20, 30);
  Buffer index(index_dtype, source.count());
  Sequence sequence(4);
  for (int64_t i = 0; i < index.count(); ++i)
    index.set(i, i % 3 == 0 ? 0.0 : static_cast<double>(sequence.below(args.size)));
  args.x = x.data();
  args.index = index.data();
  args.source = source.data();
  const auto run_on = [&](auto launch, auto& run) {
    Outputs out = {Buffer(dtype, args.count)};
    args.y = out[0].data();
    launch(args, run);
    return out;
  };
  const std::string name = label("scatter", cpu::Isa::reference, dtype, args.count, c.dim);
  compare_with_cpu(
      name, run_on(cpu::scatter, reference_run()), [&](cuda::Run& run) { return run_on(cuda::scatter, run); }, 0);
  if (!is_floating(dtype) || dtype == DType::f64) return;
  compare_with_cpu(
      name + " add", run_on(cpu::scatter_add, reference_run()),
      [&](cuda::Run& run) { return run_on(cuda::scatter_add, run); }, 120);
}

void bad_indices(int64_t count) {
  std::vector<double> places(static_cast<size_t>(count), 9.0);
  places[0] = 1;
  places[2] = -1;
  Buffer x(DType::f32, 6, 1), index(DType::i64, places), source(DType::f32, count, 2), y(DType::f32, 6);
  ScatterArgs args = args_of({{6}, {count}, 0}, DType::f32, DType::i64);
  args.x = x.data();
  args.index = index.data();
  args.source = source.data();
  args.y = y.data();
  for (const bool adds : {false, true}) {
    cuda::Run run = emulated_run();
    std::vector<DeviceFault> faults(1);
    const DeviceFault& fault = faults[0];
    run.faults = {faults.data(), 3};
    (adds ? cuda::scatter_add : cuda::scatter)(args, run);
    const float expected =
        adds ? static_cast<float>(x.get(1)) + static_cast<float>(source.get(0)) : static_cast<float>(source.get(0));
    check(y.get(0) == x.get(0) && y.get(1) == expected && y.get(5) == x.get(5), "a bad index changes nothing");
    check(fault.reports == count - 1 && fault.op == 3 && fault.kind == FaultKind::index && fault.limit == 6 &&
              (fault.value == 9 || fault.value == -1),
          "a bad index is reported");
  }
}

}  // namespace
}  // namespace test
}  // namespace gridstride

int main() {
  using namespace gridstride;
  using namespace gridstride::test;
  const Case cases[] = {
      {{40}, {7}, 0},
      {{5, 30}, {5, 1}, 1},
      {{5, 30}, {4, 30}, 0, true},
      {{3, 7, 10}, {3, 4, 9}, 1},
      {{3, 7, 10}, {2, 40, 9}, 1, true},
      {{3, 7, 10}, {0, 4, 9}, 1},
      {{0, 7}, {0, 4}, 1},
      // Long columns: sorted.
      {{300}, {2100}, 0},
      {{3, 9}, {2, 70}, 1},
      {{4, 9, 5}, {100, 9, 4}, 0, true},
  };
  for (const Case& c : cases) {
    for (const DType dtype : {DType::f32, DType::bf16, DType::f16}) check_case(c, dtype, DType::i64);
    for (const DType dtype : {DType::f64, DType::i64, DType::u8}) check_case(c, dtype, DType::i32);
  }
  bad_indices(5);
  bad_indices(100);
  return close();
}
