#include "native/cpu/elementwise/rows.h"
#include "native/cpu/isa.h"
#include "native/cpu/simd/math.h"
#include "native/cpu/simd/storage.h"

GS_PER_ISA(void find_binary_row(BinaryOp op, DType dtype, BinaryRow* row);)

namespace gridstride::cpu::GS_ISA {

namespace {

template <BinaryOp op>
inline Vec apply(Vec a, Vec b) {
  if constexpr (op == BinaryOp::add) return a + b;
  if constexpr (op == BinaryOp::sub) return a - b;
  if constexpr (op == BinaryOp::mul) return a * b;
  if constexpr (op == BinaryOp::div) return a / b;
  // A NaN in `a` fails both comparisons' first test, one in `b` the second: either is handed on.
  if constexpr (op == BinaryOp::maximum) return ((a > b) | (a != a)) ? a : b;
  if constexpr (op == BinaryOp::minimum) return ((a < b) | (a != a)) ? a : b;
  return a;
}

template <BinaryOp op>
inline VecInt compare(Vec a, Vec b) {
  if constexpr (op == BinaryOp::eq) return a == b;
  if constexpr (op == BinaryOp::ne) return a != b;
  if constexpr (op == BinaryOp::lt) return a < b;
  if constexpr (op == BinaryOp::le) return a <= b;
  if constexpr (op == BinaryOp::gt) return a > b;
  return a >= b;
}

// Operands that are neighbours or one repeated value, the forms in which nearly all time is spent.
template <BinaryOp op, bool a_repeats, bool b_repeats, class T>
int64_t fast_row(const BinaryRowArgs& args) {
  const T* a = static_cast<const T*>(args.a);
  const T* b = static_cast<const T*>(args.b);
  T* y = static_cast<T*>(args.y);
  const Vec a0 = splat(load_one(a)), b0 = splat(load_one(b));
  int64_t i = 0;
  for (; i + kLanes <= args.n; i += kLanes)
    store(y + i, apply<op>(a_repeats ? a0 : load(a + i), b_repeats ? b0 : load(b + i)));
  return i;
}

template <BinaryOp op, class T>
void row(const BinaryRowArgs& args) {
  const T* a = static_cast<const T*>(args.a);
  const T* b = static_cast<const T*>(args.b);
  const int64_t sa = args.a_stride, sb = args.b_stride;
  int64_t i = 0;
  if constexpr (!gives_boolean(op)) {
    if (args.y_stride == 1) {
      if (sa == 1 && sb == 1) i = fast_row<op, false, false, T>(args);
      if (sa == 1 && sb == 0) i = fast_row<op, false, true, T>(args);
      if (sa == 0 && sb == 1) i = fast_row<op, true, false, T>(args);
    }
  }
  for (; i < args.n; i += kLanes) {
    const int64_t m = args.n - i < kLanes ? args.n - i : kLanes;
    const Vec x = load_strided(a + i * sa, sa, m), z = load_strided(b + i * sb, sb, m);
    if constexpr (gives_boolean(op)) {
      const VecInt claim = compare<op>(x, z);
      bool* y = static_cast<bool*>(args.y) + i * args.y_stride;
      for (int64_t j = 0; j < m; ++j) y[j * args.y_stride] = claim[j] != 0;
    } else {
      store_strided(static_cast<T*>(args.y) + i * args.y_stride, apply<op>(x, z), args.y_stride, m);
    }
  }
}

template <class T>
BinaryRow find(BinaryOp op) {
  switch (op) {
    case BinaryOp::add:
      return row<BinaryOp::add, T>;
    case BinaryOp::sub:
      return row<BinaryOp::sub, T>;
    case BinaryOp::mul:
      return row<BinaryOp::mul, T>;
    case BinaryOp::div:
      return row<BinaryOp::div, T>;
    case BinaryOp::maximum:
      return row<BinaryOp::maximum, T>;
    case BinaryOp::minimum:
      return row<BinaryOp::minimum, T>;
    case BinaryOp::eq:
      return row<BinaryOp::eq, T>;
    case BinaryOp::ne:
      return row<BinaryOp::ne, T>;
    case BinaryOp::lt:
      return row<BinaryOp::lt, T>;
    case BinaryOp::le:
      return row<BinaryOp::le, T>;
    case BinaryOp::gt:
      return row<BinaryOp::gt, T>;
    case BinaryOp::ge:
      return row<BinaryOp::ge, T>;
    default:
      return nullptr;
  }
}

}  // namespace

// Null for an op that has no vector form: the caller then takes the reference row.
void find_binary_row(BinaryOp op, DType dtype, BinaryRow* row) {
  with_storage(dtype, [&](auto tag) { *row = find<typename decltype(tag)::type>(op); });
}

}  // namespace gridstride::cpu::GS_ISA
