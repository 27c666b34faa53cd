// gather's kernels against the reference: every dimension, strided operands, short columns and long ones, bad indices.
#include "kernels/layout/gather.h"

#include "test/kernels/strided_case.h"

namespace gridstride {
namespace cpu {
void gather_forward(const GatherForwardArgs& args, Run& run);
void gather_backward(const GatherBackwardArgs& args, Run& run);
}  // namespace cpu
namespace cuda {
void gather_forward(const GatherForwardArgs& args, Run& run);
void gather_backward(const GatherBackwardArgs& args, Run& run);
}  // namespace cuda

namespace test {
namespace {

struct Case {
  Sizes x, index;
  int dim;
  bool transposed = false;  // x and the index lie the other way round
};

Sizes strides_of(const Sizes& sizes, bool transposed) {
  if (!transposed) return contiguous(sizes);
  const Sizes turned = contiguous({sizes.rbegin(), sizes.rend()});
  return {turned.rbegin(), turned.rend()};
}

void forward(const Case& c, DType dtype, Buffer& index, DType index_dtype) {
  Buffer x = numbers(dtype, product(c.x), 1, 20, 30);
  GatherForwardArgs args{};
  args.x = x.data();
  args.index = index.data();
  put(args.sizes, c.index);
  put(args.x_strides, strides_of(c.x, c.transposed));
  put(args.index_strides, strides_of(c.index, c.transposed));
  args.size = c.x[static_cast<size_t>(c.dim)];
  args.rank = static_cast<int32_t>(c.x.size());
  args.dim = c.dim;
  args.dtype = dtype;
  args.index_dtype = index_dtype;
  const auto run_on = [&](auto launch, auto& run) {
    Outputs out = {Buffer(dtype, product(c.index))};
    args.y = out[0].data();
    launch(args, run);
    return out;
  };
  compare_with_cpu(
      label("gather", cpu::Isa::reference, dtype, product(c.x), c.dim), run_on(cpu::gather_forward, reference_run()),
      [&](cuda::Run& run) { return run_on(cuda::gather_forward, run); }, 0);
}

void backward(const Case& c, DType dtype, Buffer& index, DType index_dtype) {
  Buffer dy(dtype, product(c.index), 2);
  GatherBackwardArgs args{};
  args.dy = dy.data();
  args.index = index.data();
  put(args.sizes, c.index);
  put(args.dy_strides, strides_of(c.index, c.transposed));
  put(args.index_strides, strides_of(c.index, c.transposed));
  put(args.dx_strides, contiguous(c.x));
  args.size = c.x[static_cast<size_t>(c.dim)];
  args.dx_count = product(c.x);
  args.rank = static_cast<int32_t>(c.x.size());
  args.dim = c.dim;
  args.dtype = dtype;
  args.index_dtype = index_dtype;
  const auto run_on = [&](auto launch, auto& run) {
    Outputs out = {Buffer(dtype, product(c.x))};
    args.dx = out[0].data();
    launch(args, run);
    return out;
  };
  compare_with_cpu(
      label("gather backward", cpu::Isa::reference, dtype, product(c.x), c.dim),
      run_on(cpu::gather_backward, reference_run()), [&](cuda::Run& run) { return run_on(cuda::gather_backward, run); },
      60);
}

void check_case(const Case& c, DType dtype, DType index_dtype) {
  Buffer index(index_dtype, product(c.index));
  Sequence sequence(4);
  for (int64_t i = 0; i < index.count(); ++i)
    index.set(i, i % 3 == 0 ? 0.0 : static_cast<double>(sequence.below(c.x[static_cast<size_t>(c.dim)])));
  forward(c, dtype, index, index_dtype);
  if (is_floating(dtype) && dtype != DType::f64) backward(c, dtype, index, index_dtype);
}

void bad_indices() {
  Buffer x(DType::bf16, 6, 1), index(DType::i64, {0, 6, -1, 5}), y(DType::bf16, 4), dx(DType::bf16, 6);
  cuda::gather_forward({x.data(), index.data(), y.data(), {4}, {1}, {1}, 6, 1, 0, DType::bf16, DType::i64},
                       emulated_run());
  check(y.get(0) == x.get(0) && std::isnan(y.get(1)) && std::isnan(y.get(2)) && y.get(3) == x.get(5),
        "a bad index gives NaN");
  cuda::gather_backward({x.data(), index.data(), dx.data(), {4}, {1}, {1}, {1}, 6, 6, 1, 0, DType::bf16, DType::i64},
                        emulated_run());
  check(dx.get(0) == x.get(0) && dx.get(1) == 0 && dx.get(5) == x.get(3), "a bad index gives no gradient");
  std::vector<double> many(100, 7.0);
  many[3] = 2;
  Buffer long_index(DType::i64, many), dy(DType::f32, 100, 3), sums(DType::f32, 6);
  cuda::gather_backward(
      {dy.data(), long_index.data(), sums.data(), {100}, {1}, {1}, {1}, 6, 6, 1, 0, DType::f32, DType::i64},
      emulated_run());
  check(sums.get(2) == dy.get(3) && sums.get(0) == 0 && sums.get(5) == 0, "a bad index is not sorted among the sums");
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
      {{5, 30}, {4, 9}, 1},
      {{5, 30}, {4, 30}, 0, true},
      {{3, 7, 10}, {3, 4, 9}, 1},
      {{3, 7, 10}, {2, 4, 9}, 1, true},
      {{3, 7, 10}, {0, 4, 9}, 1},
      // Long columns: sorted.
      {{300}, {2100}, 0},
      {{3, 9}, {2, 70}, 1},
      {{4, 9, 5}, {100, 9, 4}, 0, true},
  };
  for (const Case& c : cases) {
    for (const DType dtype : {DType::f32, DType::bf16, DType::f16}) check_case(c, dtype, DType::i64);
    for (const DType dtype : {DType::f64, DType::u8}) check_case(c, dtype, DType::i32);
  }
  bad_indices();
  return close();
}
