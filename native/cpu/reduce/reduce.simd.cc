#include "native/cpu/reduce/spans.h"

#include "native/cpu/simd/sum.h"

GS_PER_ISA(void reduce_run(const ReduceSpan& span);)
GS_PER_ISA(void reduce_row(const ReduceSpan& span);)

namespace gridstride::cpu::GS_ISA {

namespace {

// The new value in `a`: a NaN there, or one already held in `b`, stays.
template <ReduceOp op>
inline Vec pick(Vec a, Vec b) {
  if constexpr (op == ReduceOp::max) return ((a > b) | (a != a)) ? a : b;
  return ((a < b) | (a != a)) ? a : b;
}
template <ReduceOp op>
inline float pick_one(float a, float b) {
  const bool better = op == ReduceOp::max ? a > b : a < b;
  return better || a != a ? a : b;
}

template <ReduceOp op, class T>
void extreme_run(const ReduceSpan& span) {
  const T* x = static_cast<const T*>(span.x);
  float total = *span.total;
  int64_t i = 0;
  if (span.n >= kLanes) {
    Vec best = splat(total);
    for (; i + kLanes <= span.n; i += kLanes)
      best = pick<op>(load_strided(x + i * span.stride, span.stride, kLanes), best);
    for (int lane = 0; lane < kLanes; ++lane) total = pick_one<op>(best[lane], total);
  }
  for (; i < span.n; ++i) total = pick_one<op>(load_one(x + i * span.stride), total);
  *span.total = total;
}

template <class T>
void sum_run(const ReduceSpan& span) {
  const T* x = static_cast<const T*>(span.x);
  if (span.stride == 1)
    *span.total += sum_terms(span.n, [&](int64_t i, int64_t m) { return load_some(x + i, m); });
  else
    *span.total +=
        sum_terms(span.n, [&](int64_t i, int64_t m) { return load_strided(x + i * span.stride, span.stride, m); });
}

template <class T>
void product_run(const ReduceSpan& span) {
  const T* x = static_cast<const T*>(span.x);
  Vec product = splat(1.0f);
  int64_t i = 0;
  for (; i + kLanes <= span.n; i += kLanes) product *= load_strided(x + i * span.stride, span.stride, kLanes);
  for (int lane = 0; lane < kLanes; ++lane) *span.total *= product[lane];
  for (; i < span.n; ++i) *span.total *= load_one(x + i * span.stride);
}

}  // namespace

void reduce_run(const ReduceSpan& span) {
  with_storage(span.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    if (span.op == ReduceOp::max) return extreme_run<ReduceOp::max, T>(span);
    if (span.op == ReduceOp::min) return extreme_run<ReduceOp::min, T>(span);
    if (span.op == ReduceOp::prod) return product_run<T>(span);
    sum_run<T>(span);
  });
}

// n neighbours, each folded into its own total.
void reduce_row(const ReduceSpan& span) {
  with_storage(span.dtype, [&](auto tag) {
    const auto* x = static_cast<const typename decltype(tag)::type*>(span.x);
    float* total = span.total;
    each_vector(span.n, [&](int64_t i, int64_t m) {
      const Vec a = load_some(x + i, m), b = load_some(total + i, m);
      const Vec folded = span.op == ReduceOp::max    ? pick<ReduceOp::max>(a, b)
                         : span.op == ReduceOp::min  ? pick<ReduceOp::min>(a, b)
                         : span.op == ReduceOp::prod ? a * b
                                                     : a + b;
      store_some(total + i, folded, m);
    });
  });
}

}  // namespace gridstride::cpu::GS_ISA
