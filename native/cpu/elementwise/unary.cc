#include "kernels/elementwise/unary.h"

#include <cmath>

#include "native/cpu/elementwise/rows.h"
#include "native/cpu/run.h"
#include "native/cpu/storage.h"
#include "native/cpu/strided_loop.h"

GS_PER_ISA(void find_unary_row(UnaryOp op, DType dtype, UnaryRow* row);)

namespace gridstride::cpu {

namespace {

template <class W>
W value(UnaryOp op, W x) {
  switch (op) {
    case UnaryOp::neg:
      return -x;
    case UnaryOp::abs:
      return std::abs(x);
    case UnaryOp::sign:
      return static_cast<W>((x > 0) - (x < 0));
    case UnaryOp::square:
      return x * x;
    default:
      return x;
  }
}

double floating_value(UnaryOp op, double x) {
  switch (op) {
    case UnaryOp::reciprocal:
      return 1.0 / x;
    case UnaryOp::sqrt:
      return std::sqrt(x);
    case UnaryOp::rsqrt:
      return 1.0 / std::sqrt(x);
    case UnaryOp::exp:
      return std::exp(x);
    case UnaryOp::log:
      return std::log(x);
    case UnaryOp::erf:
      return std::erf(x);
    case UnaryOp::sin:
      return std::sin(x);
    case UnaryOp::cos:
      return std::cos(x);
    case UnaryOp::floor:
      return std::floor(x);
    case UnaryOp::ceil:
      return std::ceil(x);
    default:
      return value(op, x);
  }
}

template <class W>
bool claim(UnaryOp op, W x) {
  if (op == UnaryOp::logical_not) return x == 0;
  if constexpr (std::is_same_v<W, double>) return op == UnaryOp::is_nan ? std::isnan(x) : std::isfinite(x);
  return op == UnaryOp::is_finite;
}

void reference(const UnaryArgs& args, const StridedLoop<2>& loop, Pool& pool) {
  with_any(args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T* x = static_cast<const T*>(args.x);
    loop.run(pool, [&](const int64_t* at, int64_t n) {
      const T* from = x + at[0];
      for (int64_t i = 0; i < n; ++i) {
        const auto wide = widen(from[i * loop.step(0)]);
        const int64_t to = at[1] + i * loop.step(1);
        if (gives_boolean(args.op))
          static_cast<bool*>(args.y)[to] = claim(args.op, wide);
        else if constexpr (kIsFloating<T>)
          static_cast<T*>(args.y)[to] = narrow<T>(floating_value(args.op, wide));
        else
          static_cast<T*>(args.y)[to] = narrow<T>(value(args.op, wide));
      }
    });
  });
}

}  // namespace

void unary(const UnaryArgs& args, Run& run) {
  const bool integer_op = args.op <= UnaryOp::square || gives_boolean(args.op);
  if (!is_floating(args.dtype) && !integer_op) throw_dtype("unary", "dtype must be floating for this op", args.dtype);
  const StridedLoop<2> loop(args.rank, args.sizes, {args.x_strides, args.y_strides});
  UnaryRow row = nullptr;
  if (!run.is_reference()) GS_DISPATCH(run.isa, find_unary_row, args.op, args.dtype, &row);
  if (!row) return reference(args, loop, run.pool);
  const int64_t size = dtype_size(args.dtype);
  const char* x = static_cast<const char*>(args.x);
  char* y = static_cast<char*>(args.y);
  loop.run(run.pool, [&](const int64_t* at, int64_t n) {
    row(n, x + at[0] * size, loop.step(0), y + at[1] * size, loop.step(1));
  });
}

}  // namespace gridstride::cpu
