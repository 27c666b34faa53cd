#include "kernels/random/normal.h"

#include "native/cpu/run.h"
#include "native/cpu/simd/math.h"
#include "native/cpu/simd/philox.h"
#include "native/cpu/simd/storage.h"

GS_PER_ISA(void normal(const NormalArgs&, Run&);)

namespace gridstride::cpu::GS_ISA {

namespace {

constexpr int64_t kGrain = 16384;  // a multiple of what one call of philox_vectors covers

// ln((word + 1) / 2^32). Near 1 the distance to 1 is exact in f32 where the number is not.
Vec log_fraction(VecUint word) {
  const Vec near_one = __builtin_convertvector(~word, Vec) * -0x1p-32f;
  const Vec below = (__builtin_convertvector(word, Vec) + 1.0f) * 0x1p-32f;
  return word >= 0xb504f334u ? log_sum(Vec{}, near_one) : log(below);
}

// Even lanes hold the words of radii, odd lanes of angles; a sine is the cosine a quarter turn earlier.
Vec box_muller(VecUint words) {
  const VecLong pair = (VecLong)words;
  const VecUint radius = (VecUint)((pair & 0xffffffffull) | (pair << 32));
  const VecUint angle = (VecUint)((pair >> 32) | (pair & 0xffffffff00000000ull));
  const VecUint quarter_of_odd = (VecUint)(VecLong{} + 0x4000000000000000ull);
  return sqrt(-2.0f * log_fraction(radius)) * cos_turn(angle - quarter_of_odd);
}

template <class T>
void range(const NormalArgs& args, int64_t begin, int64_t end) {
  T* y = static_cast<T*>(args.y);
  const auto seed = static_cast<uint64_t>(args.stream.state[0]);
  const uint64_t base = static_cast<uint64_t>(args.stream.state[1]) + static_cast<uint64_t>(args.stream.delta);
  const auto mean = static_cast<float>(args.mean), deviation = static_cast<float>(args.deviation);
  for (int64_t i = begin; i < end; i += 4 * kLanes) {
    const PhiloxWords words = philox_vectors(seed, base + static_cast<uint64_t>(i / 4));
    for (int64_t j = 0; j < 4 && i + j * kLanes < end; ++j) {
      const int64_t at = i + j * kLanes;
      store_some(y + at, box_muller(words.words[j]) * deviation + mean, end - at < kLanes ? end - at : kLanes);
    }
  }
}

}  // namespace

void normal(const NormalArgs& args, Run& run) {
  with_storage(args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    run.pool.ranges(args.count, kGrain, [&](int64_t begin, int64_t end, int) { range<T>(args, begin, end); });
  });
}

}  // namespace gridstride::cpu::GS_ISA
