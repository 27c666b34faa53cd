// Square transposition in registers, one vector per row, from two-vector shuffles (Eklundh's scheme: blocks of half the
// size change places, then of a quarter, down to single elements).
#pragma once

#include "native/cpu/simd/shuffle.h"

namespace gridstride::cpu::GS_ISA {

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
