#include "kernels/elementwise/binary.h"

#include <cmath>

#include "native/cpu/elementwise/rows.h"
#include "native/cpu/run.h"
#include "native/cpu/storage.h"
#include "native/cpu/strided_loop.h"

GS_PER_ISA(void find_binary_row(BinaryOp op, DType dtype, BinaryRow* row);)

namespace gridstride::cpu {

namespace {

int64_t integer_power(int64_t base, int64_t exponent) {
  if (exponent < 0) return base == 1 ? 1 : base == -1 ? (exponent % 2 ? -1 : 1) : 0;
  uint64_t result = 1, factor = static_cast<uint64_t>(base);
  for (; exponent > 0; exponent >>= 1, factor *= factor)
    if (exponent & 1) result *= factor;
  return static_cast<int64_t>(result);
}

int64_t integer_quotient(int64_t a, int64_t b) {
  if (b == 0) throw Error(ErrorCode::kData, "div: an integer divisor must not be 0, got 0");
  return b == -1 ? static_cast<int64_t>(0 - static_cast<uint64_t>(a)) : a / b;
}

double value(BinaryOp op, double a, double b) {
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
      return a > b || std::isnan(a) ? a : b;
    default:
      return a < b || std::isnan(a) ? a : b;
  }
}

// Integers wrap, as they do in their storage.
int64_t value(BinaryOp op, int64_t a, int64_t b) {
  const auto ua = static_cast<uint64_t>(a), ub = static_cast<uint64_t>(b);
  switch (op) {
    case BinaryOp::add:
      return static_cast<int64_t>(ua + ub);
    case BinaryOp::sub:
      return static_cast<int64_t>(ua - ub);
    case BinaryOp::mul:
      return static_cast<int64_t>(ua * ub);
    case BinaryOp::div:
      return integer_quotient(a, b);
    case BinaryOp::pow:
      return integer_power(a, b);
    case BinaryOp::maximum:
      return a > b ? a : b;
    default:
      return a < b ? a : b;
  }
}

template <class W>
bool claim(BinaryOp op, W a, W b) {
  switch (op) {
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
    default:
      return a != 0 || b != 0;
  }
}

template <class T>
void reference_row(BinaryOp op, const BinaryRowArgs& args) {
  const T* a = static_cast<const T*>(args.a);
  const T* b = static_cast<const T*>(args.b);
  for (int64_t i = 0; i < args.n; ++i) {
    const auto x = widen(a[i * args.a_stride]), z = widen(b[i * args.b_stride]);
    if (gives_boolean(op))
      static_cast<bool*>(args.y)[i * args.y_stride] = claim(op, x, z);
    else
      static_cast<T*>(args.y)[i * args.y_stride] = narrow<T>(value(op, x, z));
  }
}

}  // namespace

void binary(const BinaryArgs& args, Run& run) {
  constexpr int64_t kRepeat[kMaxRank] = {};
  const int64_t* a_strides = args.a ? args.a_strides : kRepeat;
  const int64_t* b_strides = args.b ? args.b_strides : kRepeat;
  const StridedLoop<3> loop(args.rank, args.sizes, {a_strides, b_strides, args.y_strides});
  BinaryRow row = nullptr;
  if (!run.is_reference()) GS_DISPATCH(run.isa, find_binary_row, args.op, args.dtype, &row);
  const int64_t y_size = gives_boolean(args.op) ? 1 : dtype_size(args.dtype);
  with_any(args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T scalar = from_double<T>(args.scalar);
    const T* a = args.a ? static_cast<const T*>(args.a) : &scalar;
    const T* b = args.b ? static_cast<const T*>(args.b) : &scalar;
    loop.run(run.pool, [&](const int64_t* at, int64_t n) {
      const BinaryRowArgs part = {
          n,           a + at[0], b + at[1], static_cast<char*>(args.y) + at[2] * y_size, loop.step(0), loop.step(1),
          loop.step(2)};
      if (row)
        row(part);
      else
        reference_row<T>(args.op, part);
    });
  });
}

}  // namespace gridstride::cpu
