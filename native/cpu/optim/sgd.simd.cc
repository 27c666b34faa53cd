#include "native/cpu/optim/step.h"
#include "native/cpu/simd/sum.h"

GS_PER_ISA(void sgd_block(const SgdBlock& block);)

namespace gridstride::cpu::GS_ISA {

void sgd_block(const SgdBlock& block) {
  float* weight = static_cast<float*>(block.weight);
  float* buffer = static_cast<float*>(block.momentum_buffer);
  const auto scale = static_cast<float>(block.scale), decay = static_cast<float>(block.weight_decay);
  const auto momentum = static_cast<float>(block.momentum), rate = static_cast<float>(block.rate);
  with_storage(block.dtype, [&](auto tag) {
    const auto* gradient = static_cast<const typename decltype(tag)::type*>(block.gradient);
    each_vector(block.count, [&](int64_t i, int64_t n) {
      const Vec w = load_some(weight + i, n);
      const Vec g = load_some(gradient + i, n) * scale + decay * w;
      Vec direction = g;
      if (buffer) {
        const Vec b = momentum * load_some(buffer + i, n) + g;
        store_some(buffer + i, b, n);
        direction = block.nesterov ? g + momentum * b : b;
      }
      store_some(weight + i, w - rate * direction, n);
    });
  });
  if (!block.copy) return;
  with_storage(block.copy_dtype, [&](auto tag) {
    auto* copy = static_cast<typename decltype(tag)::type*>(block.copy);
    each_vector(block.count, [&](int64_t i, int64_t n) { store_some(copy + i, load_some(weight + i, n), n); });
  });
}

}  // namespace gridstride::cpu::GS_ISA
