// Dot products of a few rows in f32 with rows of any dtype, wherever these lie.
#pragma once

#include "native/cpu/gemm/transpose.h"
#include "native/cpu/simd/vec.h"

namespace gridstride::cpu::GS_ISA {

// totals[i * kLanes / R + j] = a row i . rows[j] for R rows of A and kLanes / R others: one accumulator vector for each
// pair, summed over lanes by one transposition, so that a total does not depend on R. Rows of A lie a_row apart, in
// whole vectors with zeros past the depth. meanwhile(j, k) is called where element k of rows[j] is read: to fetch what
// is wanted next.
template <int R, class T, class Meanwhile>
static inline void dot_tile(const float* a, int64_t a_row, const T* const (&rows)[kLanes / R], int64_t depth,
                            float (&totals)[kLanes], Meanwhile meanwhile) {
  constexpr int kCols = kLanes / R;
  Vec sum[kLanes] = {};
  const int64_t whole = depth / kLanes * kLanes;
  for (int64_t k = 0; k < whole; k += kLanes) {
    Vec left[R];
    GS_UNROLL
    for (int i = 0; i < R; ++i) left[i] = load(a + i * a_row + k);
    GS_UNROLL
    for (int j = 0; j < kCols; ++j) {
      const Vec right = load(rows[j] + k);
      meanwhile(j, k);
      GS_UNROLL
      for (int i = 0; i < R; ++i) sum[i * kCols + j] += left[i] * right;
    }
  }
  if (whole < depth) {
    GS_UNROLL
    for (int j = 0; j < kCols; ++j) {
      const Vec right = load_part(rows[j] + whole, depth - whole);
      GS_UNROLL
      for (int i = 0; i < R; ++i) sum[i * kCols + j] += load(a + i * a_row + whole) * right;
    }
  }
  transpose(sum);
  GS_UNROLL
  for (int half = kLanes / 2; half > 0; half /= 2) {
    GS_UNROLL
    for (int i = 0; i < half; ++i) sum[i] += sum[i + half];
  }
  store(totals, sum[0]);
}

}  // namespace gridstride::cpu::GS_ISA
