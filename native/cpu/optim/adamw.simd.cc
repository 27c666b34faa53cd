#include "native/cpu/optim/step.h"
#include "native/cpu/simd/math.h"
#include "native/cpu/simd/sum.h"

GS_PER_ISA(void adamw_block(const AdamWBlock& block);)

namespace gridstride::cpu::GS_ISA {

void adamw_block(const AdamWBlock& block) {
  float* weight = static_cast<float*>(block.weight);
  float* first = static_cast<float*>(block.first_moment);
  float* second = static_cast<float*>(block.second_moment);
  const auto scale = static_cast<float>(block.scale), decay = static_cast<float>(block.decay);
  const auto keep1 = static_cast<float>(1 - block.beta1), beta2 = static_cast<float>(block.beta2);
  const auto keep2 = static_cast<float>(1 - block.beta2), epsilon = static_cast<float>(block.epsilon);
  const auto rate = static_cast<float>(block.rate), inv_correction = static_cast<float>(block.inv_correction);
  with_storage(block.dtype, [&](auto tag) {
    const auto* gradient = static_cast<const typename decltype(tag)::type*>(block.gradient);
    each_vector(block.count, [&](int64_t i, int64_t n) {
      const Vec g = load_some(gradient + i, n) * scale;
      Vec w = load_some(weight + i, n), m = load_some(first + i, n), v = load_some(second + i, n);
      w -= decay * w;
      m += keep1 * (g - m);
      v = beta2 * v + keep2 * (g * g);
      w -= rate * m / (sqrt(v) * inv_correction + epsilon);
      store_some(weight + i, w, n);
      store_some(first + i, m, n);
      store_some(second + i, v, n);
    });
  });
  if (!block.copy) return;
  with_storage(block.copy_dtype, [&](auto tag) {
    auto* copy = static_cast<typename decltype(tag)::type*>(block.copy);
    each_vector(block.count, [&](int64_t i, int64_t n) { store_some(copy + i, load_some(weight + i, n), n); });
  });
}

}  // namespace gridstride::cpu::GS_ISA
