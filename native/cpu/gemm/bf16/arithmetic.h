// What the processors' products of bf16 compute, bit for bit, in plain C++: subnormal numbers count as zero on the way
// in and out, whatever the thread's floating-point state.
// Sources: Intel's manual, volume 2 (VDPBF16PS, TDPBF16PS); Arm's reference manual, BFDotAdd without FEAT_EBF16.
#pragma once

#include <cmath>

#include "kernels/common/half.h"

namespace gridstride::cpu {

static inline float flush_subnormal(float x) {
  const uint32_t bits = float_bits(x);
  return bits & 0x7f800000u ? x : float_from_bits(bits & 0x80000000u);
}

// The exact sum a + b, rounded to odd: the double nearest towards zero, whose last bit is set if anything was cut off.
// Rounding that to f32 in any mode equals rounding the exact sum.
static inline double add_to_odd(double a, double b) {
  const double sum = a + b, share = sum - a, rest = (a - (sum - share)) + (b - share);
  if (!(rest != 0) || !std::isfinite(sum)) return sum;
  uint64_t bits;
  memcpy(&bits, &sum, sizeof bits);
  if (!(bits & 1)) bits += (rest > 0) == (sum > 0) ? 1 : -1;
  double odd;
  memcpy(&odd, &bits, sizeof odd);
  return odd;
}

// To the nearest f32; what lies below the normal numbers after rounding is zero.
static inline float round_nearest(double x) {
  return std::fabs(x) < 0x1.ffffffp-127 ? static_cast<float>(std::copysign(0.0, x)) : static_cast<float>(x);
}

// sum + a b with one rounding: the product of two bf16 is exact in double.
static inline float multiply_add(float sum, BFloat16 a, BFloat16 b) {
  const double product = static_cast<double>(flush_subnormal(to_float(a))) * flush_subnormal(to_float(b));
  return round_nearest(add_to_odd(product, flush_subnormal(sum)));
}

static inline float add_nearest(float a, float b) {
  return round_nearest(add_to_odd(flush_subnormal(a), flush_subnormal(b)));
}

// Arm's intermediate roundings: to odd, and past the largest number to infinity.
static inline float round_odd(double x) {
  if (!(std::fabs(x) < 0x1p128)) return static_cast<float>(x);
  if (std::fabs(x) < 0x1p-126) return static_cast<float>(std::copysign(0.0, x));
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  const bool is_exact = !(bits & 0x1fffffffu);
  bits &= ~uint64_t{0x1fffffffu};
  memcpy(&x, &bits, sizeof x);
  const float cut = static_cast<float>(x);
  return is_exact ? cut : float_from_bits(float_bits(cut) | 1);
}
static inline float multiply_odd(BFloat16 a, BFloat16 b) {
  return round_odd(static_cast<double>(flush_subnormal(to_float(a))) * flush_subnormal(to_float(b)));
}
static inline float add_odd(float a, float b) { return round_odd(add_to_odd(flush_subnormal(a), flush_subnormal(b))); }

}  // namespace gridstride::cpu
