#include "kernels/optim/sgd.h"

#include "kernels/optim/grad_norm.h"
#include "native/cpu/optim/blocks.h"
#include "native/cpu/optim/reference_copy.h"
#include "native/cpu/optim/step.h"

GS_PER_ISA(void sgd_block(const SgdBlock& block);)

namespace gridstride::cpu {

namespace {

template <class G, class W>
void reference_block(const SgdBlock& block) {
  W* weight = static_cast<W*>(block.weight);
  W* buffer = static_cast<W*>(block.momentum_buffer);
  for (int64_t i = 0; i < block.count; ++i) {
    const double w = weight[i];
    const double g = block.scale * widen(static_cast<const G*>(block.gradient)[i]) + block.weight_decay * w;
    double direction = g;
    if (buffer) {
      const double b = block.momentum * buffer[i] + g;
      buffer[i] = static_cast<W>(b);
      direction = block.nesterov ? g + block.momentum * b : b;
    }
    weight[i] = static_cast<W>(w - block.rate * direction);
  }
  if (block.copy) copy_weights(weight, block.copy, block.copy_dtype, block.count);
}

void run_block(const SgdBlock& block, const Run& run) {
  if (!run.is_reference() && is_vectorised(block.dtype)) {
    GS_DISPATCH(run.isa, sgd_block, block);
    return;
  }
  with_floating("sgd", block.dtype, [&](auto tag) {
    using G = typename decltype(tag)::type;
    reference_block<G, Statistic<G>>(block);
  });
}

}  // namespace

void sgd(const SgdArgs& args, Run& run) {
  if (args.gradient_state && args.gradient_state[kGradientSkip] != 0) return;
  const TensorBlocks blocks(args.counts, args.tensors);
  blocks.each(run.pool, [&](int i, int64_t begin, int64_t end, int64_t) {
    const int64_t wide = args.dtypes[i] == DType::f64 ? 8 : 4;
    const auto part = [&](void* base, int64_t size) {
      return base ? static_cast<char*>(base) + begin * size : nullptr;
    };
    SgdBlock block{};
    block.weight = part(args.weights[i], wide);
    block.gradient = static_cast<const char*>(args.gradients[i]) + begin * dtype_size(args.dtypes[i]);
    block.momentum_buffer = part(args.momenta[i], wide);
    block.copy = part(args.copies[i], dtype_size(args.copy_dtype));
    block.count = end - begin;
    block.scale = args.gradient_state ? args.gradient_state[kGradientScale] : 1;
    block.rate = args.schedule[0] * args.rate_factors[i];
    block.weight_decay = args.weight_decays[i];
    block.momentum = args.momentum;
    block.nesterov = args.nesterov != 0;
    block.dtype = args.dtypes[i];
    block.copy_dtype = args.copy_dtype;
    run_block(block, run);
  });
}

}  // namespace gridstride::cpu
