#include "kernels/random/normal.h"

#include <cmath>

#include "native/cpu/random/draw.h"
#include "native/cpu/run.h"
#include "native/cpu/storage.h"

namespace gridstride::cpu {

void normal(const NormalArgs& args, Run& run) {
  constexpr double kTurn = 6.283185307179586477;
  with_floating("normal", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    T* y = static_cast<T*>(args.y);
    each_counter(run.pool, args.stream, args.count, [&](int64_t first, const uint32_t* words, int64_t n) {
      double z[4];
      for (int pair = 0; pair < 4; pair += 2) {
        const double radius = std::sqrt(-2.0 * std::log((words[pair] + 1.0) * 0x1p-32));
        const double angle = kTurn * 0x1p-32 * words[pair + 1];
        z[pair] = radius * std::cos(angle);
        z[pair + 1] = radius * std::sin(angle);
      }
      for (int64_t j = 0; j < n; ++j) y[first + j] = narrow<T>(args.mean + args.deviation * z[j]);
    });
  });
}

}  // namespace gridstride::cpu
