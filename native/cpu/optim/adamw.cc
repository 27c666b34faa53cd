#include "kernels/optim/adamw.h"

#include <cmath>

#include "kernels/optim/grad_norm.h"
#include "native/cpu/optim/blocks.h"
#include "native/cpu/optim/reference_copy.h"
#include "native/cpu/optim/step.h"

GS_PER_ISA(void adamw_block(const AdamWBlock& block);)

namespace gridstride::cpu {

namespace {

// G: gradient storage, W: type of weights and moments.
template <class G, class W>
void reference_block(const AdamWBlock& block) {
  W* weight = static_cast<W*>(block.weight);
  W* first = static_cast<W*>(block.first_moment);
  W* second = static_cast<W*>(block.second_moment);
  for (int64_t i = 0; i < block.count; ++i) {
    const double g = block.scale * widen(static_cast<const G*>(block.gradient)[i]);
    double w = weight[i], m = first[i], v = second[i];
    w -= block.decay * w;
    m += (1 - block.beta1) * (g - m);
    v = block.beta2 * v + (1 - block.beta2) * g * g;
    w -= block.rate * m / (std::sqrt(v) * block.inv_correction + block.epsilon);
    weight[i] = static_cast<W>(w);
    first[i] = static_cast<W>(m);
    second[i] = static_cast<W>(v);
  }
  if (block.copy) copy_weights(weight, block.copy, block.copy_dtype, block.count);
}

void run_block(const AdamWBlock& block, const Run& run) {
  if (!run.is_reference() && is_vectorised(block.dtype)) {
    GS_DISPATCH(run.isa, adamw_block, block);
    return;
  }
  with_floating("adamw", block.dtype, [&](auto tag) {
    using G = typename decltype(tag)::type;
    reference_block<G, Statistic<G>>(block);
  });
}

}  // namespace

void adamw(const AdamWArgs& args, Run& run) {
  if (args.gradient_state && args.gradient_state[kGradientSkip] != 0) return;
  const double rate = args.schedule[0], step = args.schedule[1];
  const double correction1 = 1 - std::pow(args.beta1, step), correction2 = 1 - std::pow(args.beta2, step);
  const TensorBlocks blocks(args.counts, args.tensors);
  blocks.each(run.pool, [&](int i, int64_t begin, int64_t end, int64_t) {
    const int64_t wide = args.dtypes[i] == DType::f64 ? 8 : 4;
    const auto part = [&](void* base, int64_t size) { return static_cast<char*>(base) + begin * size; };
    AdamWBlock block{};
    block.weight = part(args.weights[i], wide);
    block.gradient = static_cast<const char*>(args.gradients[i]) + begin * dtype_size(args.dtypes[i]);
    block.first_moment = part(args.first_moments[i], wide);
    block.second_moment = part(args.second_moments[i], wide);
    block.copy = args.copies[i] ? part(args.copies[i], dtype_size(args.copy_dtype)) : nullptr;
    block.count = end - begin;
    block.scale = args.gradient_state ? args.gradient_state[kGradientScale] : 1;
    block.decay = rate * args.rate_factors[i] * args.weight_decays[i];
    block.beta1 = args.beta1;
    block.beta2 = args.beta2;
    block.epsilon = args.epsilon;
    block.rate = rate * args.rate_factors[i] / correction1;
    block.inv_correction = 1 / std::sqrt(correction2);
    block.dtype = args.dtypes[i];
    block.copy_dtype = args.copy_dtype;
    run_block(block, run);
  });
}

}  // namespace gridstride::cpu
