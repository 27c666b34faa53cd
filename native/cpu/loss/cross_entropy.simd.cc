#include "native/cpu/loss/cross_entropy.h"

#include "native/cpu/simd/softmax_row.h"

GS_PER_ISA(void cross_entropy_forward_row(CrossEntropyRow& row);)
GS_PER_ISA(void cross_entropy_backward_row(const CrossEntropyRow& row);)

namespace gridstride::cpu::GS_ISA {

namespace {

// Sum over classes of w * (lse - x), the smoothed part.
template <class T>
float smooth_sum(const CrossEntropyRow& row, const T* x) {
  const float* w = static_cast<const float*>(row.weights);
  return sum_terms(row.classes, [&](int64_t i, int64_t m) {
    const Vec loss = row.lse - load_some(x + i, m);
    return w ? loss * load_some(w + i, m) : loss;
  });
}

}  // namespace

void cross_entropy_forward_row(CrossEntropyRow& row) {
  with_storage(row.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T* x = static_cast<const T*>(row.logits);
    const float top = max_row(x, row.classes);
    const float log_sum = log_one(sum_exp_row(x, row.classes, top));
    row.lse = top + log_sum;
    const float weight = row.weights ? static_cast<const float*>(row.weights)[row.label] : 1.0f;
    // Taking the maximum off first keeps the small difference of a well-classified row.
    row.loss = (1.0f - row.label_smoothing) * weight * (log_sum - (load_one(x + row.label) - top));
    if (row.label_smoothing > 0) row.loss += row.label_smoothing / static_cast<float>(row.classes) * smooth_sum(row, x);
  });
}

void cross_entropy_backward_row(const CrossEntropyRow& row) {
  with_storage(row.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T* x = static_cast<const T*>(row.logits);
    T* dx = static_cast<T*>(row.dlogits);
    const float* w = static_cast<const float*>(row.weights);
    const float target = (1.0f - row.label_smoothing) * (w ? w[row.label] : 1.0f) * row.scale;
    const float spread = row.label_smoothing / static_cast<float>(row.classes) * row.scale;
    const float factor = target + spread * row.weight_total;
    const float at_label = load_one(x + row.label);
    each_vector(row.classes, [&](int64_t i, int64_t m) {
      const Vec p = exp_negative(load_some(x + i, m) - row.lse);
      store_some(dx + i, factor * p - (w ? spread * load_some(w + i, m) : splat(spread)), m);
    });
    const float p = exp_negative(splat(at_label - row.lse))[0];
    store_one(dx + row.label, factor * p - spread * (w ? w[row.label] : 1.0f) - target);
  });
}

}  // namespace gridstride::cpu::GS_ISA
