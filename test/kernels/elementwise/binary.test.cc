// The binary kernels against the double-precision reference: every op and dtype, strides, broadcasts, constants.
#include "kernels/elementwise/binary.h"

#include "test/kernels/strided_case.h"

namespace gridstride {
namespace cpu {
void binary(const BinaryArgs& args, Run& run);
}  // namespace cpu
namespace cuda {
void binary(const BinaryArgs& args, Run& run);
}  // namespace cuda

namespace test {
namespace {

BinaryArgs args_of(const StridedCase& c, BinaryOp op, DType dtype) {
  BinaryArgs args{};
  put(args.sizes, c.sizes);
  put(args.a_strides, c.a);
  put(args.b_strides, c.b);
  put(args.y_strides, c.y);
  args.rank = static_cast<int32_t>(c.sizes.size());
  args.op = op;
  args.dtype = dtype;
  return args;
}

// Which operand is the constant.
enum class Constant { none, a, b };

void check_case(const StridedCase& c, BinaryOp op, DType dtype, Constant constant = Constant::none) {
  // b has no zero, so that integers divide and powers stay finite; equal operands do occur.
  const bool integer = !is_floating(dtype);
  Buffer a = numbers(dtype, extent(c.sizes, c.a) + c.shift, 1, integer ? 3 : 2, integer ? 4 : 3);
  Buffer b = numbers(dtype, extent(c.sizes, c.b), 2, 2, integer ? 4 : 3);
  if (dtype == DType::boolean && op == BinaryOp::div) return;
  for (int64_t i = 0; i < b.count() && i + c.shift < a.count(); i += 5) b.set(i, a.get(i + c.shift));
  const DType result = gives_boolean(op) ? DType::boolean : dtype;
  BinaryArgs args = args_of(c, op, dtype);
  args.a = constant == Constant::a ? nullptr : at_element(a, c.shift);
  args.b = constant == Constant::b ? nullptr : b.data();
  args.scalar = 2.5;
  const auto run_on = [&](auto launch, auto& run) {
    Outputs out = {Buffer(result, extent(c.sizes, c.y))};
    BinaryArgs mine = args;
    mine.y = out[0].data();
    launch(mine, run);
    return out;
  };
  const std::string name = label(c.name, cpu::Isa::reference, dtype, static_cast<int>(op), static_cast<int>(constant));
  compare_with_cpu(
      name, run_on(cpu::binary, reference_run()), [&](cuda::Run& run) { return run_on(cuda::binary, run); },
      op == BinaryOp::pow ? 16 : 2.1);
}

// y lies where a does, NaN and infinity among the operands.
void in_place() {
  const double nan = std::nan(""), infinite = INFINITY;
  Buffer a(DType::f32, {nan, 1, nan, 2, -infinite, 0, -0.0, 5}), b(DType::f32, {1, nan, nan, 3, infinite, 0, 0, 0});
  for (int op = 0; op < kBinaryOpCount && !gives_boolean(static_cast<BinaryOp>(op)); ++op) {
    Buffer expected = a;
    BinaryArgs args{expected.data(),           b.data(),  expected.data(), {8}, {1}, {1}, {1}, 0, 1,
                    static_cast<BinaryOp>(op), DType::f32};
    cpu::binary(args, reference_run());
    const auto pass = [&](cuda::Run& run) {
      Outputs out = {a};
      args.a = args.y = out[0].data();
      cuda::binary(args, run);
      return out;
    };
    compare_with_cpu(label("in place", cpu::Isa::reference, DType::f32, op), {expected}, pass, 2.1);
  }
}

void zero_divisors() {
  Buffer a(DType::i64, std::vector<double>{7, -7, 9}), b(DType::i64, std::vector<double>{0, 2, -1}), y(DType::i64, 3);
  BinaryArgs args{a.data(), b.data(), y.data(), {3}, {1}, {1}, {1}, 0, 1, BinaryOp::div, DType::i64};
  cuda::binary(args, emulated_run());
  check(y.get(0) == 0 && y.get(1) == -3 && y.get(2) == -9, "an integer divided by zero is 0");
}

void refuses() {
  BinaryArgs args{};
  args.rank = 0;
  args.dtype = DType::f64;
  std::string text;
  check(error_of([&] { cuda::binary(args, emulated_run()); }, &text) == ErrorCode::kDType &&
            text == "binary: dtype must not be f64 on cuda, got f64",
        "f64: " + text);
}

}  // namespace
}  // namespace test
}  // namespace gridstride

int main() {
  using namespace gridstride;
  using namespace gridstride::test;
  for (const auto& c : strided_cases())
    for (const DType dtype : {DType::f32, DType::bf16, DType::i64, DType::u8})
      for (const BinaryOp op : {BinaryOp::sub, BinaryOp::lt}) check_case(c, op, dtype);
  for (int op = 0; op < kBinaryOpCount; ++op) {
    for (const DType dtype : {DType::f32, DType::bf16, DType::f16, DType::i64, DType::i32, DType::u8, DType::boolean}) {
      check_case(strided_cases()[2], static_cast<BinaryOp>(op), dtype);
      check_case(strided_cases()[12], static_cast<BinaryOp>(op), dtype);
    }
  }
  for (const DType dtype : {DType::f32, DType::f16, DType::i32})
    for (const size_t layout : {2, 5, 6})
      for (const Constant constant : {Constant::a, Constant::b})
        check_case(strided_cases()[layout], BinaryOp::sub, dtype, constant);
  in_place();
  zero_divisors();
  refuses();
  return close();
}
