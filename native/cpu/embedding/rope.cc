#include "kernels/embedding/rope.h"

#include <cmath>
#include <cstring>

#include "native/cpu/run.h"
#include "native/cpu/storage.h"

GS_PER_ISA(void rope(const RopeArgs&, Run&);)

namespace gridstride::cpu {

namespace {

template <class T>
void rotate_head(const RopeArgs& args, float position, const T* x, T* y) {
  const int64_t first = args.interleaved ? 2 : 1, second = args.interleaved ? 1 : args.pairs;
  for (int64_t k = 0; k < args.pairs; ++k) {
    const double angle = position * args.frequencies[k];
    const double c = std::cos(angle) * args.factor, s = std::sin(angle) * (args.inverse ? -args.factor : args.factor);
    const double a = widen(x[k * first]), b = widen(x[k * first + second]);
    y[k * first] = narrow<T>(a * c - b * s);
    y[k * first + second] = narrow<T>(b * c + a * s);
  }
  if (x == y) return;
  memcpy(y + 2 * args.pairs, x + 2 * args.pairs, static_cast<size_t>(args.size - 2 * args.pairs) * sizeof(T));
}

}  // namespace

void rope(const RopeArgs& args, Run& run) {
  if (!run.is_reference() && is_vectorised(args.dtype)) {
    GS_DISPATCH(run.isa, rope, args, run);
    return;
  }
  with_floating("rope", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    run.pool.parallel(args.tokens, [&](int64_t t, int) {
      const auto position = static_cast<float>(index_at(args.positions, args.position_dtype, t));
      for (int64_t h = 0; h < args.heads; ++h)
        rotate_head(args, position, static_cast<const T*>(args.x) + t * args.x_token_stride + h * args.x_head_stride,
                    static_cast<T*>(args.y) + (t * args.heads + h) * args.size);
    });
  });
}

}  // namespace gridstride::cpu
