#include "kernels/optim/grad_norm.h"

#include <cmath>

#include "native/cpu/optim/blocks.h"
#include "native/cpu/run.h"
#include "native/cpu/storage.h"

GS_PER_ISA(void square_sum(const void* x, int64_t count, DType dtype, double* sum);)

namespace gridstride::cpu {

namespace {

double block_sum(const void* x, int64_t count, DType dtype, const Run& run) {
  double sum = 0;
  if (!run.is_reference() && is_vectorised(dtype)) {
    GS_DISPATCH(run.isa, square_sum, x, count, dtype, &sum);
    return sum;
  }
  with_floating("grad_norm", dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    for (int64_t i = 0; i < count; ++i) {
      const double value = widen(static_cast<const T*>(x)[i]);
      sum += value * value;
    }
  });
  return sum;
}

}  // namespace

void grad_norm_partial(const GradNormPartialArgs& args, Run& run) {
  const TensorBlocks blocks(args.counts, args.tensors);
  double* sums = static_cast<double*>(run.workspace(blocks.count() * 8));
  blocks.each(run.pool, [&](int i, int64_t begin, int64_t end, int64_t block) {
    const char* x = static_cast<const char*>(args.gradients[i]) + begin * dtype_size(args.dtypes[i]);
    sums[block] = block_sum(x, end - begin, args.dtypes[i], run);
  });
  for (int i = 0; i < args.tensors; ++i) {
    double total = 0;
    for (int64_t block = blocks.first(i); block < blocks.first(i + 1); ++block) total += sums[block];
    args.squares[args.first + i] = total;
  }
}

void grad_norm_finish(const GradNormFinishArgs& args, Run&) {
  double total = 0;
  for (int64_t i = 0; i < args.count; ++i) total += args.squares[i];
  const double inverse_scale = args.inverse_scale ? *args.inverse_scale : 1;
  const double norm = inverse_scale * std::sqrt(total);
  double coefficient = 1;
  if (args.max_norm > 0) {
    // Not std::min: a NaN norm must give a NaN coefficient, as in PyTorch.
    const double ratio = args.max_norm / (norm + 1e-6);
    coefficient = ratio > 1 ? 1 : ratio;
  }
  const bool non_finite = !std::isfinite(norm);
  args.result[kGradientNorm] = static_cast<float>(norm);
  args.result[kGradientScale] = static_cast<float>(inverse_scale * coefficient);
  args.result[kGradientNonFinite] = non_finite ? 1 : 0;
  args.result[kGradientSkip] = non_finite && args.skip_non_finite ? 1 : 0;
}

}  // namespace gridstride::cpu
