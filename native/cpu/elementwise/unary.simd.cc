#include "native/cpu/elementwise/rows.h"
#include "native/cpu/isa.h"
#include "native/cpu/simd/math.h"
#include "native/cpu/simd/storage.h"

GS_PER_ISA(void find_unary_row(UnaryOp op, DType dtype, UnaryRow* row);)

namespace gridstride::cpu::GS_ISA {

namespace {

template <UnaryOp op>
inline Vec apply(Vec x) {
  if constexpr (op == UnaryOp::neg) return -x;
  if constexpr (op == UnaryOp::abs) return abs(x);
  if constexpr (op == UnaryOp::square) return x * x;
  if constexpr (op == UnaryOp::reciprocal) return 1.0f / x;
  if constexpr (op == UnaryOp::sqrt) return sqrt(x);
  if constexpr (op == UnaryOp::rsqrt) return rsqrt(x);
  if constexpr (op == UnaryOp::exp) return exp(x);
  if constexpr (op == UnaryOp::log) return log(x);
  if constexpr (op == UnaryOp::erf) return erf(x);
  return x;
}

template <UnaryOp op, class T>
void row(int64_t n, const void* x, int64_t x_stride, void* y, int64_t y_stride) {
  const T* from = static_cast<const T*>(x);
  T* to = static_cast<T*>(y);
  int64_t i = 0;
  if (x_stride == 1 && y_stride == 1)
    for (; i + kLanes <= n; i += kLanes) store(to + i, apply<op>(load(from + i)));
  for (; i < n; i += kLanes) {
    const int64_t m = n - i < kLanes ? n - i : kLanes;
    store_strided(to + i * y_stride, apply<op>(load_strided(from + i * x_stride, x_stride, m)), y_stride, m);
  }
}

template <class T>
UnaryRow find(UnaryOp op) {
  switch (op) {
    case UnaryOp::neg:
      return row<UnaryOp::neg, T>;
    case UnaryOp::abs:
      return row<UnaryOp::abs, T>;
    case UnaryOp::square:
      return row<UnaryOp::square, T>;
    case UnaryOp::reciprocal:
      return row<UnaryOp::reciprocal, T>;
    case UnaryOp::sqrt:
      return row<UnaryOp::sqrt, T>;
    case UnaryOp::rsqrt:
      return row<UnaryOp::rsqrt, T>;
    case UnaryOp::exp:
      return row<UnaryOp::exp, T>;
    case UnaryOp::log:
      return row<UnaryOp::log, T>;
    case UnaryOp::erf:
      return row<UnaryOp::erf, T>;
    default:
      return nullptr;
  }
}

}  // namespace

// Null for an op that has no vector form: the caller then takes the reference row.
void find_unary_row(UnaryOp op, DType dtype, UnaryRow* row) {
  with_storage(dtype, [&](auto tag) { *row = find<typename decltype(tag)::type>(op); });
}

}  // namespace gridstride::cpu::GS_ISA
