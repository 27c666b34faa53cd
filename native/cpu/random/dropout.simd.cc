#include "kernels/random/dropout.h"

#include "native/cpu/run.h"
#include "native/cpu/simd/philox.h"
#include "native/cpu/simd/storage.h"

GS_PER_ISA(void dropout(const DropoutArgs&, Run&);)

namespace gridstride::cpu::GS_ISA {

namespace {

constexpr int64_t kGrain = 16384;  // a multiple of what one call of philox_words covers

template <class T>
void range(const DropoutArgs& args, int64_t begin, int64_t end) {
  const T* x = static_cast<const T*>(args.x);
  T* y = static_cast<T*>(args.y);
  const auto seed = static_cast<uint64_t>(args.stream.state[0]);
  const uint64_t base = static_cast<uint64_t>(args.stream.state[1]) + static_cast<uint64_t>(args.stream.delta);
  const VecUint threshold = VecUint{} + dropout_threshold(args.p);
  const Vec scale = splat(static_cast<float>(1.0 / (1.0 - args.p)));
  for (int64_t i = begin; i < end; i += 4 * kLanes) {
    const PhiloxWords words = philox_vectors(seed, base + static_cast<uint64_t>(i / 4));
    for (int64_t j = 0; j < 4 && i + j * kLanes < end; ++j) {
      const int64_t at = i + j * kLanes;
      const int64_t n = end - at < kLanes ? end - at : kLanes;
      const VecInt kept = words.words[j] >= threshold;
      // Masking, not multiplying by zero: an infinite x is dropped as well.
      store_some(y + at, from_bits(bits(load_some(x + at, n) * scale) & kept), n);
    }
  }
}

}  // namespace

void dropout(const DropoutArgs& args, Run& run) {
  with_storage(args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    run.pool.ranges(args.count, kGrain, [&](int64_t begin, int64_t end, int) { range<T>(args, begin, end); });
  });
}

}  // namespace gridstride::cpu::GS_ISA
