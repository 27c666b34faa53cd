#include "kernels/loss/softmax.h"

#include "native/cpu/run.h"
#include "native/cpu/simd/softmax_row.h"

GS_PER_ISA(void softmax_forward(const SoftmaxForwardArgs&, Run&);)
GS_PER_ISA(void softmax_backward(const SoftmaxBackwardArgs&, Run&);)

namespace gridstride::cpu::GS_ISA {

namespace {

int64_t row_grain(int64_t columns) { return columns > 8192 ? 1 : 8192 / (columns > 0 ? columns : 1); }

template <class T>
void forward_row(const T* x, T* y, int64_t n, bool logarithm) {
  const float top = max_row(x, n);
  if (logarithm) {
    const float shift = top + log_one(sum_exp_row(x, n, top));
    each_vector(n, [&](int64_t i, int64_t m) { store_some(y + i, load_some(x + i, m) - shift, m); });
    return;
  }
  if constexpr (sizeof(T) == sizeof(float)) {  // y can hold the exponentials until their sum is known
    const float total = sum_terms(n, [&](int64_t i, int64_t m) {
      const Vec e = exp_negative(load_some(x + i, m) - top);
      store_some(y + i, e, m);
      return e;
    });
    const float scale = 1.0f / total;
    each_vector(n, [&](int64_t i, int64_t m) { store_some(y + i, load_some(y + i, m) * scale, m); });
    return;
  }
  const float scale = 1.0f / sum_exp_row(x, n, top);
  each_vector(n, [&](int64_t i, int64_t m) { store_some(y + i, exp_negative(load_some(x + i, m) - top) * scale, m); });
}

template <class T>
void backward_row(const T* y, const T* dy, T* dx, int64_t n, bool logarithm) {
  if (logarithm) {
    const float total = sum_terms(n, [&](int64_t i, int64_t m) { return load_some(dy + i, m); });
    each_vector(n, [&](int64_t i, int64_t m) {
      store_some(dx + i, load_some(dy + i, m) - exp_negative(load_some(y + i, m)) * total, m);
    });
    return;
  }
  const float total = sum_terms(n, [&](int64_t i, int64_t m) { return load_some(dy + i, m) * load_some(y + i, m); });
  each_vector(
      n, [&](int64_t i, int64_t m) { store_some(dx + i, load_some(y + i, m) * (load_some(dy + i, m) - total), m); });
}

}  // namespace

void softmax_forward(const SoftmaxForwardArgs& args, Run& run) {
  with_storage(args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    run.pool.ranges(args.rows, row_grain(args.columns), [&](int64_t begin, int64_t end, int) {
      for (int64_t r = begin; r < end; ++r)
        forward_row(static_cast<const T*>(args.x) + r * args.x_stride, static_cast<T*>(args.y) + r * args.columns,
                    args.columns, args.logarithm != 0);
    });
  });
}

void softmax_backward(const SoftmaxBackwardArgs& args, Run& run) {
  with_storage(args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    run.pool.ranges(args.rows, row_grain(args.columns), [&](int64_t begin, int64_t end, int) {
      for (int64_t r = begin; r < end; ++r) {
        const int64_t at = r * args.columns;
        backward_row(static_cast<const T*>(args.y) + at, static_cast<const T*>(args.dy) + at,
                     static_cast<T*>(args.dx) + at, args.columns, args.logarithm != 0);
      }
    });
  });
}

}  // namespace gridstride::cpu::GS_ISA
