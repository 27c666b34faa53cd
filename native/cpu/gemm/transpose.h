// Square transposition in registers, one vector per row, from two-vector shuffles (Eklundh's scheme: blocks of half the
// size change places, then of a quarter, down to single elements).
#pragma once

#include <utility>

#include "native/cpu/simd/vec.h"

// Accumulator arrays stay in registers only when every loop over them is unrolled.
#if defined(__clang__)
#define GS_UNROLL _Pragma("clang loop unroll(full)")
#else
#define GS_UNROLL _Pragma("GCC unroll 64")
#endif

namespace gridstride::cpu::GS_ISA {

// Lane i of the result is lane index[i] of the pair (a, b).
template <int... kIndex>
static inline Vec shuffle(Vec a, Vec b) {
#if defined(__clang__)
  return __builtin_shufflevector(a, b, kIndex...);
#else
  return __builtin_shuffle(a, b, VecInt{kIndex...});
#endif
}

template <int kDistance, int... kLane>
static inline void exchange_blocks(Vec& upper, Vec& lower, std::integer_sequence<int, kLane...>) {
  const Vec a = upper, b = lower;
  upper = shuffle<((kLane & kDistance) ? kLanes + kLane - kDistance : kLane)...>(a, b);
  lower = shuffle<((kLane & kDistance) ? kLanes + kLane : kLane + kDistance)...>(a, b);
}

template <int kDistance>
static inline void transpose_step(Vec (&rows)[kLanes]) {
  GS_UNROLL
  for (int i = 0; i < kLanes; ++i)
    if (!(i & kDistance))
      exchange_blocks<kDistance>(rows[i], rows[i + kDistance], std::make_integer_sequence<int, kLanes>());
  if constexpr (kDistance > 1) transpose_step<kDistance / 2>(rows);
}

static inline void transpose(Vec (&rows)[kLanes]) { transpose_step<kLanes / 2>(rows); }

}  // namespace gridstride::cpu::GS_ISA
