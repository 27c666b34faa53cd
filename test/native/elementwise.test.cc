// Elementwise ops on odd shapes and strides: every instruction set against the reference, the reference against plain
// double formulas.
#include <functional>
#include <limits>

#include "kernels/elementwise/binary.h"
#include "kernels/elementwise/cast.h"
#include "kernels/elementwise/fill.h"
#include "kernels/elementwise/unary.h"
#include "kernels/elementwise/where.h"
#include "kernels/layout/copy.h"
#include "test/native/kernel_check.h"

namespace gridstride::cpu {
void unary(const UnaryArgs& args, Run& run);
void binary(const BinaryArgs& args, Run& run);
void where(const WhereArgs& args, Run& run);
void cast(const CastArgs& args, Run& run);
void copy(const CopyArgs& args, Run& run);
void fill(const FillArgs& args, Run& run);
}  // namespace gridstride::cpu

namespace gridstride::test {
namespace {

using Sizes = std::vector<int64_t>;

int64_t product(const Sizes& sizes) {
  int64_t n = 1;
  for (const int64_t size : sizes) n *= size;
  return n;
}
Sizes contiguous(const Sizes& sizes) {
  Sizes strides(sizes.size());
  int64_t step = 1;
  for (size_t d = sizes.size(); d-- > 0;) {
    strides[d] = step;
    step *= sizes[d];
  }
  return strides;
}
int64_t offset(int64_t flat, const Sizes& sizes, const Sizes& strides) {
  int64_t at = 0;
  for (size_t d = sizes.size(); d-- > 0;) {
    at += flat % sizes[d] * strides[d];
    flat /= sizes[d];
  }
  return at;
}
int64_t extent(const Sizes& sizes, const Sizes& strides) {
  int64_t last = 0;
  for (size_t d = 0; d < sizes.size(); ++d) last += (sizes[d] - 1) * strides[d];
  return product(sizes) == 0 ? 0 : last + 1;
}
template <size_t N>
void put(int64_t (&to)[N], const Sizes& from) {
  std::copy(from.begin(), from.end(), to);
}

struct Layout {
  const char* name;
  Sizes sizes, a, b;
};
const Layout kLayouts[] = {
    {"empty", {3, 0}, {0, 1}, {0, 1}},
    {"scalar", {}, {}, {}},
    {"one row", {37}, {1}, {1}},
    {"long", {3, 40001}, {40001, 1}, {40001, 1}},
    {"row broadcast", {5, 67}, {67, 1}, {0, 1}},
    {"column broadcast", {5, 67}, {67, 1}, {1, 0}},
    {"scalar operand", {5, 67}, {0, 0}, {67, 1}},
    {"transposed", {33, 47}, {1, 33}, {47, 1}},
    {"every second", {4, 3, 19}, {114, 38, 2}, {57, 19, 1}},
    {"rank 8", {2, 1, 3, 2, 1, 2, 2, 5}, {120, 120, 40, 20, 20, 10, 5, 1}, {0, 0, 1, 3, 0, 6, 0, 12}},
};

double expected_binary(BinaryOp op, double a, double b) {
  switch (op) {
    case BinaryOp::add:
      return a + b;
    case BinaryOp::sub:
      return a - b;
    case BinaryOp::mul:
      return a * b;
    case BinaryOp::div:
      return a / b;
    case BinaryOp::pow:
      return std::pow(a, b);
    case BinaryOp::maximum:
      return std::max(a, b);
    case BinaryOp::minimum:
      return std::min(a, b);
    case BinaryOp::eq:
      return a == b;
    case BinaryOp::ne:
      return a != b;
    case BinaryOp::lt:
      return a < b;
    case BinaryOp::le:
      return a <= b;
    case BinaryOp::gt:
      return a > b;
    case BinaryOp::ge:
      return a >= b;
    case BinaryOp::logical_and:
      return a != 0 && b != 0;
    case BinaryOp::logical_or:
      return a != 0 || b != 0;
  }
  return 0;
}

void binary_case(Machine& machine, const Layout& layout, BinaryOp op, DType dtype) {
  Buffer a(dtype, extent(layout.sizes, layout.a), 1, 4), b(dtype, extent(layout.sizes, layout.b), 2, 4, 5);
  const bool integer = !is_floating(dtype);
  const int64_t count = product(layout.sizes);
  const DType result = gives_boolean(op) ? DType::boolean : dtype;
  Buffer y(result, count), exact(result, count);
  BinaryArgs args{};
  args.a = a.data();
  args.b = b.data();
  args.y = y.data();
  put(args.sizes, layout.sizes);
  put(args.a_strides, layout.a);
  put(args.b_strides, layout.b);
  put(args.y_strides, contiguous(layout.sizes));
  args.rank = static_cast<int32_t>(layout.sizes.size());
  args.op = op;
  args.dtype = dtype;
  for (int64_t i = 0; i < count; ++i) {
    const double value =
        expected_binary(op, a.get(offset(i, layout.sizes, layout.a)), b.get(offset(i, layout.sizes, layout.b)));
    exact.set(i, integer && op == BinaryOp::div ? std::trunc(value) : value);
  }
  for (const cpu::Isa isa : cpu::available_isas()) {
    cpu::binary(args, machine.with(isa));
    const std::string name = std::string(layout.name) + " binary " + std::to_string(static_cast<int>(op)) + " ";
    check_close(y, exact, 1.01, label(name.c_str(), isa, dtype, count));
  }
}

void binary_ops(Machine& machine) {
  for (const auto& layout : kLayouts)
    for (int op = 0; op < kBinaryOpCount; ++op)
      for (const DType dtype : {DType::f32, DType::bf16, DType::f16, DType::f64, DType::i64, DType::i32})
        binary_case(machine, layout, static_cast<BinaryOp>(op), dtype);
}

void binary_scalar(Machine& machine) {
  for (const cpu::Isa isa : cpu::available_isas()) {
    Buffer x(DType::f32, 35, 3), y(DType::f32, 35), exact(DType::f32, 35);
    BinaryArgs args{};
    args.b = x.data();
    args.y = y.data();
    args.sizes[0] = 35;
    args.b_strides[0] = args.y_strides[0] = 1;
    args.rank = 1;
    args.scalar = 1;
    args.op = BinaryOp::sub;
    cpu::binary(args, machine.with(isa));
    for (int i = 0; i < 35; ++i) exact.set(i, 1 - x.get(i));
    check_same_bits(y, exact, "scalar minus tensor");
  }
}

void binary_special(Machine& machine) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const cpu::Isa isa : cpu::available_isas()) {
    for (const BinaryOp op : {BinaryOp::maximum, BinaryOp::minimum}) {
      Buffer a(DType::f32, {nan, 1, nan, 2}), b(DType::f32, {1, nan, nan, 3}), y(DType::f32, 4);
      BinaryArgs args{a.data(), b.data(), y.data(), {4}, {1}, {1}, {1}, 0, 1, op, DType::f32};
      cpu::binary(args, machine.with(isa));
      check(std::isnan(y.get(0)) && std::isnan(y.get(1)) && std::isnan(y.get(2)), "NaN wins in maximum and minimum");
    }
  }
  Buffer a(DType::i64, std::vector<double>{7}), b(DType::i64, std::vector<double>{0}), y(DType::i64, 1);
  BinaryArgs args{a.data(), b.data(), y.data(), {1}, {1}, {1}, {1}, 0, 1, BinaryOp::div, DType::i64};
  check(error_of([&] { cpu::binary(args, machine.run()); }) == ErrorCode::kData, "integer division by zero is named");
}

void unary_ops(Machine& machine) {
  for (const auto& layout : kLayouts) {
    const int64_t count = product(layout.sizes);
    for (int op = 0; op < kUnaryOpCount; ++op) {
      for (const DType dtype : {DType::f32, DType::bf16, DType::f16, DType::f64}) {
        const auto kind = static_cast<UnaryOp>(op);
        const DType result = gives_boolean(kind) ? DType::boolean : dtype;
        Buffer x(dtype, extent(layout.sizes, layout.a), 4, 2, 2.5), y(result, count), oracle(result, count);
        UnaryArgs args{};
        args.x = x.data();
        put(args.sizes, layout.sizes);
        put(args.x_strides, layout.a);
        put(args.y_strides, contiguous(layout.sizes));
        args.rank = static_cast<int32_t>(layout.sizes.size());
        args.op = kind;
        args.dtype = dtype;
        args.y = oracle.data();
        cpu::unary(args, machine.with(cpu::Isa::reference));
        args.y = y.data();
        for (const cpu::Isa isa : optimised_isas()) {
          cpu::unary(args, machine.with(isa));
          check_close(y, oracle, 2.1, label(layout.name, isa, dtype, op, count));
        }
      }
    }
  }
}

void casts(Machine& machine) {
  for (const auto& layout : kLayouts) {
    for (int from = 0; from < kDTypeCount; ++from) {
      for (int to = 0; to < kDTypeCount; ++to) {
        const auto source = static_cast<DType>(from), target = static_cast<DType>(to);
        const int64_t count = product(layout.sizes);
        Buffer x(source, extent(layout.sizes, layout.a)), y(target, count), exact(target, count);
        for (int64_t i = 0; i < x.count(); ++i) x.set(i, source == DType::boolean ? i % 2 : i % 200 * 0.5);
        CastArgs args{};
        args.x = x.data();
        args.y = y.data();
        put(args.sizes, layout.sizes);
        put(args.x_strides, layout.a);
        put(args.y_strides, contiguous(layout.sizes));
        args.rank = static_cast<int32_t>(layout.sizes.size());
        args.x_dtype = source;
        args.y_dtype = target;
        for (int64_t i = 0; i < count; ++i) {
          const double value = x.get(offset(i, layout.sizes, layout.a));
          exact.set(i, target == DType::boolean ? value != 0 : value);
        }
        for (const cpu::Isa isa : cpu::available_isas()) {
          cpu::cast(args, machine.with(isa));
          check_same_bits(y, exact, label(layout.name, isa, source, from, to));
        }
      }
    }
  }
}

void cast_rounds_every_half(Machine& machine) {
  for (const DType half : {DType::bf16, DType::f16}) {
    Buffer x(half, 65536), wide(DType::f32, 65536), back(half, 65536), oracle(half, 65536);
    for (int i = 0; i < 65536; ++i) x.as<uint16_t>()[i] = static_cast<uint16_t>(i);
    CastArgs up{x.data(), wide.data(), {65536}, {1}, {1}, 1, half, DType::f32};
    CastArgs down{wide.data(), back.data(), {65536}, {1}, {1}, 1, DType::f32, half};
    cpu::cast(up, machine.with(cpu::Isa::reference));
    for (int i = 0; i < 65536; ++i) wide.as<float>()[i] *= 1.0009765f;  // off the grid, so that rounding matters
    for (const cpu::Isa isa : cpu::available_isas()) {
      cpu::cast(down, machine.with(isa));
      if (isa == cpu::Isa::reference) oracle = back;
      check(worst_error(back, oracle, 0) == 0, label("rounding", isa, half));
    }
  }
}

void copies(Machine& machine) {
  for (const auto& layout : kLayouts) {
    for (const DType dtype : {DType::f32, DType::bf16, DType::f64, DType::u8}) {
      const int64_t count = product(layout.sizes);
      Buffer x(dtype, extent(layout.sizes, layout.a));
      for (int64_t i = 0; i < x.count(); ++i) x.set(i, i % 251);
      for (const bool strided_target : {false, true}) {
        // The target's strides swap places with the source's: writes that jump.
        const Sizes to = strided_target ? layout.a : contiguous(layout.sizes);
        const Sizes from = strided_target ? contiguous(layout.sizes) : layout.a;
        if (strided_target && std::string(layout.name) == "scalar operand") continue;
        Buffer source(dtype, std::max(extent(layout.sizes, from), x.count())), y(dtype, extent(layout.sizes, to));
        for (int64_t i = 0; i < source.count(); ++i) source.set(i, i % 251);
        CopyArgs args{};
        args.x = source.data();
        args.y = y.data();
        put(args.sizes, layout.sizes);
        put(args.x_strides, from);
        put(args.y_strides, to);
        args.rank = static_cast<int32_t>(layout.sizes.size());
        args.dtype = dtype;
        for (const cpu::Isa isa : cpu::available_isas()) {
          Buffer fresh(dtype, y.count());
          args.y = fresh.data();
          cpu::copy(args, machine.with(isa));
          bool equal = true;
          for (int64_t i = 0; i < count; ++i)
            equal &= fresh.get(offset(i, layout.sizes, to)) == source.get(offset(i, layout.sizes, from));
          check(equal, label(layout.name, isa, dtype, count, strided_target));
        }
      }
    }
  }
}

void where_and_fill(Machine& machine) {
  for (const DType dtype : {DType::f32, DType::bf16, DType::i64, DType::boolean}) {
    Buffer condition(DType::boolean, 6), a(dtype, 7), b(dtype, 42), y(dtype, 42), exact(dtype, 42);
    for (int i = 0; i < 6; ++i) condition.set(i, i % 2);
    for (int i = 0; i < 7; ++i) a.set(i, i % 2);
    for (int i = 0; i < 42; ++i) b.set(i, dtype == DType::boolean ? i % 3 == 0 : i);
    for (int i = 0; i < 42; ++i) exact.set(i, condition.get(i / 7) != 0 ? a.get(i % 7) : b.get(i));
    WhereArgs args{condition.data(), a.data(), b.data(), y.data(), {6, 7}, {1, 0}, {0, 1}, {7, 1}, {7, 1}, 2, dtype};
    cpu::where(args, machine.run());
    check_same_bits(y, exact, label("where", cpu::Isa::reference, dtype));
    FillArgs every_second{y.data(), {21}, {2}, 1, 1, dtype};
    cpu::fill(every_second, machine.run());
    for (int i = 0; i < 42; i += 2) exact.set(i, 1);
    check_same_bits(y, exact, label("fill", cpu::Isa::reference, dtype));
  }
}

}  // namespace
}  // namespace gridstride::test

int main() {
  using namespace gridstride::test;
  for (const int threads : {1, 3}) {
    Machine machine(gridstride::cpu::Isa::reference, threads);
    binary_ops(machine);
    binary_scalar(machine);
    binary_special(machine);
    unary_ops(machine);
    casts(machine);
    cast_rounds_every_half(machine);
    copies(machine);
    where_and_fill(machine);
  }
  return close();
}
