// The unary kernels against the double-precision reference: every op and dtype, strides, special values.
#include "kernels/elementwise/unary.h"

#include "test/kernels/strided_case.h"

namespace gridstride {
namespace cpu {
void unary(const UnaryArgs& args, Run& run);
}  // namespace cpu
namespace cuda {
void unary(const UnaryArgs& args, Run& run);
}  // namespace cuda

namespace test {
namespace {

void check_case(const StridedCase& c, UnaryOp op, DType dtype) {
  if (!is_floating(dtype) && op > UnaryOp::square && !gives_boolean(op)) return;
  const bool positive = op == UnaryOp::log || op == UnaryOp::sqrt || op == UnaryOp::rsqrt ||
                        op == UnaryOp::reciprocal || dtype == DType::u8;
  Buffer x = numbers(dtype, extent(c.sizes, c.a) + c.shift, 1, 3, positive ? 3.5 : 0);
  if (op == UnaryOp::is_nan || op == UnaryOp::is_finite)
    for (int64_t i = 0; i < x.count(); i += 3) x.set(i, i % 2 != 0 ? std::nan("") : -INFINITY);
  for (int64_t i = 0; i < x.count() && !positive; i += 4) x.set(i, 0);
  UnaryArgs args{};
  put(args.sizes, c.sizes);
  put(args.x_strides, c.a);
  put(args.y_strides, c.y);
  args.rank = static_cast<int32_t>(c.sizes.size());
  args.op = op;
  args.dtype = dtype;
  args.x = at_element(x, c.shift);
  const auto run_on = [&](auto launch, auto& run) {
    Outputs out = {Buffer(gives_boolean(op) ? DType::boolean : dtype, extent(c.sizes, c.y))};
    UnaryArgs mine = args;
    mine.y = out[0].data();
    launch(mine, run);
    return out;
  };
  compare_with_cpu(
      label(c.name, cpu::Isa::reference, dtype, static_cast<int>(op)), run_on(cpu::unary, reference_run()),
      [&](cuda::Run& run) { return run_on(cuda::unary, run); }, 6);
}

void refuses() {
  UnaryArgs args{};
  args.dtype = DType::i32;
  args.op = UnaryOp::exp;
  std::string text;
  check(error_of([&] { cuda::unary(args, emulated_run()); }, &text) == ErrorCode::kDType &&
            text == "unary: dtype must be f32, bf16 or f16 for this op on cuda, got i32",
        "exp of integers: " + text);
}

}  // namespace
}  // namespace test
}  // namespace gridstride

int main() {
  using namespace gridstride;
  using namespace gridstride::test;
  for (const auto& c : strided_cases())
    for (const DType dtype : {DType::f32, DType::f16, DType::i32})
      for (const UnaryOp op : {UnaryOp::neg, UnaryOp::is_finite}) check_case(c, op, dtype);
  for (int op = 0; op < kUnaryOpCount; ++op)
    for (const DType dtype : {DType::f32, DType::bf16, DType::f16, DType::i64, DType::i32, DType::u8, DType::boolean})
      for (const size_t layout : {2, 3}) check_case(strided_cases()[layout], static_cast<UnaryOp>(op), dtype);
  refuses();
  return close();
}
