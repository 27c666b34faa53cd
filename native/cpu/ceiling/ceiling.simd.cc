#include "native/cpu/isa.h"
#include "native/cpu/simd/vec.h"

GS_PER_ISA(void multiply_adds(int64_t rounds, float* result, int64_t* flops);
           void copy_block(const float* from, float* to, int64_t count);)

namespace gridstride::cpu::GS_ISA {

// Enough chains to hide the latency of a fused multiply-add on two ports, few enough for 16 registers.
constexpr int kChains = 12;

// `result` keeps the compiler from leaving the work out.
void multiply_adds(int64_t rounds, float* result, int64_t* flops) {
  Vec sums[kChains];
  for (int i = 0; i < kChains; ++i) sums[i] = splat(static_cast<float>(i));
  Vec factor = splat(0.999f);
  Vec term = splat(*result);
  for (int64_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 12
    for (int i = 0; i < kChains; ++i) sums[i] = sums[i] * factor + term;
  }
  Vec total = splat(0.0f);
  for (int i = 0; i < kChains; ++i) total += sums[i];
  *result = sum_lanes(total);
  *flops = rounds * kChains * kLanes * 2;
}

// `count` is a multiple of 4 vectors.
void copy_block(const float* from, float* to, int64_t count) {
  for (int64_t i = 0; i < count; i += 4 * kLanes) {
    const Vec a = load(from + i), b = load(from + i + kLanes);
    const Vec c = load(from + i + 2 * kLanes), d = load(from + i + 3 * kLanes);
    store(to + i, a);
    store(to + i + kLanes, b);
    store(to + i + 2 * kLanes, c);
    store(to + i + 3 * kLanes, d);
  }
}

}  // namespace gridstride::cpu::GS_ISA
