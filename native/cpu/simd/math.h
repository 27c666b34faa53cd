// Elementary functions on f32 vectors, for *.simd.cc files. Worst relative errors against double are measured by
// test/native/simd_math.test.cc: below 2e-7 for exp, log, tanh, sigmoid and erf, below 1e-6 for the rest (absolute
// where a derivative passes zero and for gelu_tanh below -2). Polynomials: own fits (weighted least squares, relative
// error). Results below 1.7e-38 may flush to zero.
#pragma once

#include "native/cpu/simd/vec.h"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace gridstride::cpu::GS_ISA {

static inline Vec abs(Vec x) { return from_bits(bits(x) & 0x7fffffff); }
static inline Vec copy_sign(Vec magnitude, Vec sign) {
  return from_bits((bits(magnitude) & 0x7fffffff) | (bits(sign) & static_cast<int32_t>(0x80000000u)));
}

static inline Vec sqrt(Vec x) {
#if defined(GS_ISA_avx512)
  return (Vec)_mm512_maskz_sqrt_ps(0xffff, (__m512)x);  // the unmasked form warns under g++ 12
#elif defined(GS_ISA_avx2)
  return (Vec)_mm256_sqrt_ps((__m256)x);
#elif defined(__SSE2__)
  return (Vec)_mm_sqrt_ps((__m128)x);
#else
  Vec y = x;
  for (int i = 0; i < kLanes; ++i) y[i] = __builtin_sqrtf(x[i]);
  return y;
#endif
}
static inline Vec rsqrt(Vec x) { return 1.0f / sqrt(x); }

// x = n ln 2 + r with |r| <= ln 2 / 2: n, and e^r - 1. ln 2 is taken in two parts, the first of few bits, so that n
// times it is exact without a fused multiply-add. `low` is added to r: it carries what x could not hold.
struct ExpParts {
  VecInt n;
  Vec e;  // e^r - 1
};
static inline ExpParts exp_parts(Vec x, Vec low) {
  constexpr float kRound = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer
  const Vec shifted = x * 1.44269504088896341f + kRound;
  const Vec n = shifted - kRound;
  const Vec r = (x - n * 0.693359375f) + (low + n * 2.12194440054690583e-4f);
  Vec p = splat(1.381314236e-03f);
  p = p * r + 8.369419043e-03f;
  p = p * r + 4.166845683e-02f;
  p = p * r + 1.666651479e-01f;
  p = p * r + 4.999999305e-01f;
  return {bits(shifted) - 0x4b400000, p * (r * r) + r};
}
static inline Vec power_of_two(VecInt n) { return from_bits((n + 127) << 23); }

// e^(x + low) for |low| far below 1. -inf gives 0, NaN stays, overflow gives inf.
static inline Vec exp_sum(Vec x, Vec low) {
  const Vec bounded = x > 90.0f ? splat(90.0f) : x < -104.0f ? splat(-104.0f) : x;
  const ExpParts parts = exp_parts(bounded, low);
  const VecInt half = parts.n >> 1;
  const Vec scale = power_of_two(half);
  return (parts.e * scale + scale) * power_of_two(parts.n - half);
}
static inline Vec exp(Vec x) { return exp_sum(x, Vec{}); }

// The same for x below 80, a third cheaper: what lies below 1.7e-38 becomes 0, also from -inf.
static inline Vec exp_negative(Vec x, Vec low) {
  const VecInt gone = x < -87.0f;
  const ExpParts parts = exp_parts(x, low);
  return from_bits(bits((parts.e + 1.0f) * power_of_two(parts.n)) & ~gone);
}
static inline Vec exp_negative(Vec x) { return exp_negative(x, Vec{}); }

// n ln 2 + log(1 + f) for 1 + f in [sqrt(1/2), sqrt(2)).
static inline Vec log_sum(Vec n, Vec f) {
  Vec p = splat(-7.634429907e-02f);
  p = p * f + 1.276155036e-01f;
  p = p * f + -1.316019505e-01f;
  p = p * f + 1.420176247e-01f;
  p = p * f + -1.662335648e-01f;
  p = p * f + 2.000122667e-01f;
  p = p * f + -2.500082106e-01f;
  p = p * f + 3.333333171e-01f;
  const Vec f2 = f * f;
  const Vec tail = p * f * f2 - 0.5f * f2 + n * -2.12194440054690583e-4f;
  return (f + tail) + n * 0.693359375f;
}
// 0 gives -inf, negatives NaN, inf stays.
static inline Vec log(Vec x) {
  const VecInt tiny = x < 1.17549435e-38f;
  const Vec scaled = tiny ? x * 8388608.0f : x;
  // Mantissas from sqrt(1/2) keep m in [0.707, 1.414), where log(m) is small on both sides of 1.
  const VecInt raw = bits(scaled) - 0x3f3504f3;
  const VecInt exponent = (raw >> 23) - (tiny & 23);
  const Vec y = log_sum(__builtin_convertvector(exponent, Vec), from_bits((raw & 0x007fffff) + 0x3f3504f3) - 1.0f);
  const Vec special = x == 0.0f ? splat(-__builtin_inff()) : x > 0.0f ? x : splat(__builtin_nanf(""));
  return ((x > 0.0f) & (x < __builtin_inff())) ? y : special;
}

static inline Vec sigmoid(Vec x) {
  const Vec e = exp_negative(-abs(x));
  return (x >= 0.0f ? splat(1.0f) : e) / (1.0f + e);
}
static inline Vec sigmoid_derivative(Vec x) {
  const Vec e = exp_negative(-abs(x));
  const Vec s = 1.0f + e;
  return e / (s * s);
}

// (1 - e^-2|x|) / (1 + e^-2|x|), with e^y - 1 kept whole for small arguments.
static inline Vec tanh(Vec x) {
  const Vec magnitude = abs(x);
  const Vec y = magnitude > 20.0f ? splat(-40.0f) : magnitude * -2.0f;
  const ExpParts parts = exp_parts(y, Vec{});
  const Vec scale = power_of_two(parts.n);
  const Vec minus_one = parts.e * scale + (scale - 1.0f);
  return copy_sign(minus_one / (2.0f + minus_one), x);
}
static inline Vec tanh_derivative(Vec x) { return 4.0f * sigmoid_derivative(2.0f * x); }

// The standard normal: density without its constant, e^(-x^2 / 2), and upper tail Q(|x|) = e^(-x^2 / 2) R(|x|).
struct Normal {
  Vec bell;
  Vec tail;
};
static inline Normal normal(Vec x) {
  const Vec t = abs(x) > 20.0f ? splat(20.0f) : abs(x);
  // t^2 in two parts: the square of t's upper 12 bits is exact, the rest goes in as the low part of the exponent.
  const Vec high = from_bits(bits(t) & static_cast<int32_t>(0xfffff000u));
  const Vec bell = exp_negative(-0.5f * high * high, -0.5f * (t - high) * (t + high));
  const Vec u = 1.0f / (0.35f * t + 1.0f);
  Vec p = splat(-2.915803022e-02f);
  p = p * u + 1.440316107e-01f;
  p = p * u + -2.558404027e-01f;
  p = p * u + 1.593212537e-01f;
  p = p * u + -2.321339425e-02f;
  p = p * u + 1.055529271e-01f;
  p = p * u + 1.198211846e-01f;
  p = p * u + 1.398635290e-01f;
  p = p * u + 1.396213061e-01f;
  return {bell, bell * (p * u)};
}

static inline Vec erf(Vec x) {
  const Vec magnitude = abs(x);
  const Vec z = x * x;
  Vec p = splat(7.853854346e-05f);
  p = p * z + -8.010191503e-04f;
  p = p * z + 5.188327444e-03f;
  p = p * z + -2.685381181e-02f;
  p = p * z + 1.128358515e-01f;
  p = p * z + -3.761262582e-01f;
  p = p * z + 1.128379166e+00f;
  const Vec outer = 1.0f - 2.0f * normal(magnitude * 1.41421356237309505f).tail;
  return magnitude < 1.0f ? x * p : copy_sign(outer, x);
}

static inline Vec relu(Vec x) { return x < 0.0f ? Vec{} : x; }
static inline Vec relu_derivative(Vec x) { return x > 0.0f ? splat(1.0f) : Vec{}; }

static inline Vec gelu(Vec x) {
  const Vec tail = normal(x).tail;
  return x * (x >= 0.0f ? 1.0f - tail : tail);
}
static inline Vec gelu_derivative(Vec x) {
  const Normal parts = normal(x);
  return (x >= 0.0f ? 1.0f - parts.tail : parts.tail) + x * 0.39894228040143268f * parts.bell;
}

static inline Vec gelu_tanh(Vec x) { return x * sigmoid(1.5957691216057308f * x * (1.0f + 0.044715f * x * x)); }
static inline Vec gelu_tanh_derivative(Vec x) {
  const Vec square = x * x;
  const Vec twice_u = 1.5957691216057308f * x * (1.0f + 0.044715f * square);
  const Vec slope = 1.5957691216057308f * (1.0f + 0.134145f * square);
  const Vec e = exp_negative(-abs(twice_u));
  const Vec inverse = 1.0f / (1.0f + e);
  const Vec s = twice_u >= 0.0f ? inverse : e * inverse;
  return s + x * slope * (e * inverse * inverse);
}

static inline Vec silu(Vec x) { return x * sigmoid(x); }
static inline Vec silu_derivative(Vec x) {
  const Vec e = exp_negative(-abs(x));
  const Vec inverse = 1.0f / (1.0f + e);
  return (x >= 0.0f ? inverse : e * inverse) + x * (e * inverse * inverse);
}

}  // namespace gridstride::cpu::GS_ISA
