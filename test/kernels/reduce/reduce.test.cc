// The reductions' kernels against the double-precision reference: every op and dtype, dimensions along and across
// memory, large ones in chunks, NaN, ties and empty shapes.
#include "kernels/reduce/reduce.h"

#include "test/kernels/strided_case.h"

namespace gridstride {
namespace cpu {
void reduce(const ReduceArgs& args, Run& run);
void reduce_select_backward(const ReduceBackwardArgs& args, Run& run);
void reduce_prod_backward(const ReduceBackwardArgs& args, Run& run);
void arg_reduce(const ArgReduceArgs& args, Run& run);
}  // namespace cpu
namespace cuda {
void reduce(const ReduceArgs& args, Run& run);
void reduce_select_backward(const ReduceBackwardArgs& args, Run& run);
void reduce_prod_backward(const ReduceBackwardArgs& args, Run& run);
void arg_reduce(const ArgReduceArgs& args, Run& run);
}  // namespace cuda

namespace test {
namespace {

struct Case {
  Sizes sizes, strides;
  std::vector<int> reduced;  // dimensions
  int64_t shift = 0;

  bool reduces(int d) const { return std::find(reduced.begin(), reduced.end(), d) != reduced.end(); }
  std::string name(const char* op, DType dtype, int kind) const {
    std::string text = label(op, cpu::Isa::reference, dtype, kind, static_cast<int64_t>(reduced.size()));
    for (size_t d = 0; d < sizes.size(); ++d)
      text +=
          " " + std::to_string(sizes[d]) + ":" + std::to_string(strides[d]) + (reduces(static_cast<int>(d)) ? "*" : "");
    return text;
  }
};

ReduceShape shape_of(const Case& c) {
  ReduceShape shape{};
  for (size_t d = 0; d < c.sizes.size(); ++d) {
    if (c.reduces(static_cast<int>(d))) {
      shape.reduced_sizes[shape.reduced_rank] = c.sizes[d];
      shape.reduced_strides[shape.reduced_rank++] = c.strides[d];
    } else {
      shape.kept_sizes[shape.kept_rank] = c.sizes[d];
      shape.kept_strides[shape.kept_rank++] = c.strides[d];
    }
  }
  return shape;
}
int64_t outputs_of(const Case& c) {
  int64_t count = 1;
  for (size_t d = 0; d < c.sizes.size(); ++d) count *= c.reduces(static_cast<int>(d)) ? 1 : c.sizes[d];
  return count;
}

// Few different values, so that ties occur; some NaN where asked for.
Buffer some(const Case& c, DType dtype, bool nan) {
  Buffer x(dtype, extent(c.sizes, c.strides) + c.shift);
  Sequence sequence(3);
  for (int64_t i = 0; i < x.count(); ++i) {
    const auto value = static_cast<double>(sequence.below(200));
    x.set(i, dtype == DType::boolean ? i % 3 == 0 : dtype == DType::u8 ? value : value / 8 - 12);
    if (nan && i % 61 == 7) x.set(i, std::nan(""));
  }
  return x;
}

// Near 1, so that long products stay numbers; every `zeros`th is 0 (0: none). Integers are 1, 2 and 3.
Buffer factors(const Case& c, DType dtype, int64_t zeros) {
  Buffer x(dtype, extent(c.sizes, c.strides) + c.shift);
  Sequence sequence(5);
  for (int64_t i = 0; i < x.count(); ++i) {
    const double number = (i % 7 == 3 ? -1 : 1) * std::exp(sequence.next() / 16);
    const double whole = dtype == DType::boolean ? i % 50 != 7 : static_cast<double>(i % 3) + 1;
    x.set(i, zeros > 0 && i % zeros == zeros / 2 ? 0 : is_floating(dtype) ? number : whole);
  }
  return x;
}
// A rounding a factor.
double product_units(const Case& c, DType dtype) {
  if (!is_floating(dtype)) return 0;
  return 4 + static_cast<double>(product(c.sizes)) * epsilon_of(DType::f32) / epsilon_of(dtype);
}

void check_reduce(const Case& c, ReduceOp op, DType dtype, bool nan = false) {
  if (op == ReduceOp::mean && !is_floating(dtype)) return;
  if ((op == ReduceOp::max || op == ReduceOp::min) && product(c.sizes) == 0) return;
  const bool is_product = op == ReduceOp::prod;
  Buffer x = is_product ? factors(c, dtype, 0) : some(c, dtype, nan);
  const DType result = !is_floating(dtype) && (is_product || op == ReduceOp::sum) ? DType::i64 : dtype;
  const auto run_on = [&](auto launch, auto& run) {
    Outputs out = {Buffer(result, outputs_of(c))};
    launch({at_element(x, c.shift), out[0].data(), shape_of(c), op, dtype}, run);
    return out;
  };
  compare_with_cpu(
      c.name("reduce", dtype, static_cast<int>(op)), run_on(cpu::reduce, reference_run()),
      [&](cuda::Run& run) { return run_on(cuda::reduce, run); },
      is_product           ? product_units(c, dtype)
      : is_floating(dtype) ? 12
                           : 0);
}

void check_arg(const Case& c, ReduceOp op, DType dtype, bool nan) {
  if (product(c.sizes) == 0) return;
  Buffer x = some(c, dtype, nan);
  const auto run_on = [&](auto launch, auto& run) {
    Outputs out = {Buffer(DType::i64, outputs_of(c))};
    launch({at_element(x, c.shift), out[0].data(), shape_of(c), op, dtype}, run);
    return out;
  };
  compare_with_cpu(
      c.name("arg_reduce", dtype, static_cast<int>(op)), run_on(cpu::arg_reduce, reference_run()),
      [&](cuda::Run& run) { return run_on(cuda::arg_reduce, run); }, 0);
}

// All but dx; `y` may be empty.
ReduceBackwardArgs backward_args(const Case& c, DType dtype, Buffer& x, Buffer& y, Buffer& dy) {
  ReduceBackwardArgs args{};
  args.x = at_element(x, c.shift);
  args.y = y.data();
  args.dy = dy.data();
  args.shape = shape_of(c);
  args.dtype = dtype;
  const Sizes dx_strides = contiguous(c.sizes);
  int kept = 0, reduced = 0;
  for (size_t d = 0; d < c.sizes.size(); ++d)
    (c.reduces(static_cast<int>(d)) ? args.dx_reduced_strides[reduced++] : args.dx_kept_strides[kept++]) =
        dx_strides[d];
  return args;
}

// With no zero, with one or several of some outputs.
void check_product(const Case& c, DType dtype, int64_t zeros, double scale = 1) {
  Buffer x = factors(c, dtype, zeros), none(dtype, 0), dy(dtype, outputs_of(c), 4);
  for (int64_t i = 0; i < x.count(); ++i) x.set(i, scale * x.get(i));
  const auto run_on = [&](auto launch, auto& run) {
    ReduceBackwardArgs args = backward_args(c, dtype, x, none, dy);
    Outputs out = {Buffer(dtype, product(c.sizes))};
    args.dx = out[0].data();
    launch(args, run);
    return out;
  };
  compare_with_cpu(
      c.name("product", dtype, static_cast<int>(zeros)), run_on(cpu::reduce_prod_backward, reference_run()),
      [&](cuda::Run& run) { return run_on(cuda::reduce_prod_backward, run); }, product_units(c, dtype));
}

void check_select(const Case& c, DType dtype, bool nan) {
  Buffer x = some(c, dtype, nan), y(dtype, outputs_of(c)), dy(dtype, outputs_of(c), 4);
  ReduceBackwardArgs args = backward_args(c, dtype, x, y, dy);
  if (product(c.sizes) > 0) cpu::reduce({args.x, y.data(), args.shape, ReduceOp::max, dtype}, reference_run());
  const auto run_on = [&](auto launch, auto& run) {
    Outputs out = {Buffer(dtype, product(c.sizes))};
    args.dx = out[0].data();
    launch(args, run);
    return out;
  };
  compare_with_cpu(
      c.name("select", dtype, nan), run_on(cpu::reduce_select_backward, reference_run()),
      [&](cuda::Run& run) { return run_on(cuda::reduce_select_backward, run); }, 0);
}

const std::vector<Case>& cases() {
  static const std::vector<Case> all = {
      {{}, {}, {}},
      {{5}, {1}, {}},
      {{0, 4}, {4, 1}, {1}},
      {{4, 0}, {1, 1}, {1}},
      {{1037}, {1}, {0}},
      {{9, 64}, {64, 1}, {1}},
      {{9, 65}, {65, 1}, {1}, 1},
      {{3, 2600}, {2600, 1}, {1}},
      {{3, 2600}, {2608, 1}, {1}},
      {{9, 5}, {5, 1}, {1}},
      {{300, 4}, {4, 1}, {1}},
      {{40, 64}, {64, 1}, {0}},
      {{130, 72}, {72, 1}, {0}},
      {{90, 67}, {67, 1}, {0}},
      {{70, 64}, {64, 1}, {0}, 1},
      {{6, 10, 64}, {640, 64, 1}, {0, 1}},
      {{6, 10, 64}, {640, 64, 1}, {0, 2}},
      {{6, 70, 8}, {560, 8, 1}, {1}},
      {{33, 70}, {1, 33}, {1}},
      {{33, 70}, {1, 33}, {0}},
      {{7, 40}, {0, 1}, {0}},
      {{2, 2, 2, 2, 2, 2, 2, 3}, {192, 96, 48, 24, 12, 6, 3, 1}, {0, 2, 4, 6}},
  };
  return all;
}

// In chunks: few outputs of many elements.
const std::vector<Case>& large_cases() {
  static const std::vector<Case> all = {
      {{20011}, {1}, {0}},
      {{2, 9000}, {9000, 1}, {1}},
      {{2100, 3}, {3, 1}, {0}},
      {{600, 8}, {8, 1}, {0}},
      {{50, 7, 60}, {480, 68, 1}, {0, 1, 2}},
  };
  return all;
}

void refuses() {
  ReduceArgs args{};
  args.shape.reduced_rank = 1;
  args.op = ReduceOp::max;
  args.dtype = DType::f32;
  std::string text;
  check(error_of([&] { cuda::reduce(args, emulated_run()); }, &text) == ErrorCode::kShape &&
            text == "reduce: must reduce at least one element, got none",
        "maximum of nothing: " + text);
}

}  // namespace
}  // namespace test
}  // namespace gridstride

int main() {
  using namespace gridstride;
  using namespace gridstride::test;
  for (const Case& c : cases()) {
    for (const ReduceOp op : {ReduceOp::sum, ReduceOp::mean, ReduceOp::max, ReduceOp::min, ReduceOp::prod})
      for (const DType dtype : {DType::f32, DType::bf16, DType::i32}) check_reduce(c, op, dtype, dtype == DType::bf16);
    for (const ReduceOp op : {ReduceOp::max, ReduceOp::min}) {
      check_arg(c, op, DType::f32, true);
      check_arg(c, op, DType::f16, false);
      check_arg(c, op, DType::i64, false);
    }
    check_select(c, DType::f32, false);
    check_select(c, DType::bf16, true);
    for (const int64_t zeros : {0, 9, 40}) check_product(c, zeros == 9 ? DType::bf16 : DType::f32, zeros);
  }
  // Products that f32 does not hold; those of the others it does.
  for (const double scale : {1e-25, 1e25})
    for (const DType dtype : {DType::f32, DType::bf16}) {
      check_product({{7, 2}, {2, 1}, {1}}, dtype, 0, scale);
      check_product({{2, 70}, {70, 1}, {0}}, dtype, 0, scale);
    }
  for (const size_t i : {4, 11})
    for (const ReduceOp op : {ReduceOp::sum, ReduceOp::mean, ReduceOp::max, ReduceOp::min, ReduceOp::prod})
      for (const DType dtype : {DType::f16, DType::i64, DType::u8, DType::boolean}) {
        check_reduce(cases()[i], op, dtype);
        if (op == ReduceOp::max || op == ReduceOp::min) check_arg(cases()[i], op, dtype, false);
      }
  for (const Case& c : large_cases()) {
    for (const DType dtype : {DType::f32, DType::f16, DType::u8}) {
      check_reduce(c, ReduceOp::sum, dtype);
      check_reduce(c, ReduceOp::max, dtype);
      check_reduce(c, ReduceOp::prod, dtype);
    }
    check_product(c, DType::f32, 0);
    check_product(c, DType::f16, 8111);
    check_arg(c, ReduceOp::max, DType::bf16, false);
    check_select(c, DType::f32, false);
  }
  refuses();
  return close();
}
