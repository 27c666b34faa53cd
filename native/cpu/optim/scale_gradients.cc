#include "kernels/optim/scale_gradients.h"

#include "native/cpu/optim/blocks.h"
#include "native/cpu/run.h"
#include "native/cpu/storage.h"

GS_PER_ISA(void scale_block(void* x, int64_t count, DType dtype, float scale);)

namespace gridstride::cpu {

void scale_gradients(const ScaleGradientsArgs& args, Run& run) {
  const float scale = *args.scale;
  if (scale == 1.0f) return;
  const TensorBlocks blocks(args.counts, args.tensors);
  blocks.each(run.pool, [&](int i, int64_t begin, int64_t end, int64_t) {
    const DType dtype = args.dtypes[i];
    char* x = static_cast<char*>(args.gradients[i]) + begin * dtype_size(dtype);
    if (!run.is_reference() && is_vectorised(dtype)) {
      GS_DISPATCH(run.isa, scale_block, x, end - begin, dtype, scale);
      return;
    }
    with_floating("scale_gradients", dtype, [&](auto tag) {
      using T = typename decltype(tag)::type;
      T* values = reinterpret_cast<T*>(x);
      for (int64_t k = 0; k < end - begin; ++k) values[k] = narrow<T>(widen(values[k]) * scale);
    });
  });
}

}  // namespace gridstride::cpu
