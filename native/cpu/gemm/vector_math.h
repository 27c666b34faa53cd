// Stand-in for native/cpu/simd/math.h until that lands.
#pragma once

#include "kernels/common/activation.h"
#include "native/cpu/simd/vec.h"

namespace gridstride::cpu::GS_ISA {

static inline Vec exp_vec(Vec x) {
  const Vec clamped = max(min(x, splat(88.3762626647949f)), splat(-87.3365447505531f));
  const Vec magic = splat(12582912.0f);
  const Vec shifted = clamped * 1.44269504088896341f + magic;
  const Vec n = shifted - magic;
  const Vec r = clamped - n * 0.693359375f + n * 2.12194440e-4f;
  Vec p = splat(1.9875691500e-4f);
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  const Vec scale = from_bits((bits(shifted) - bits(magic) + 127) << 23);
  const Vec y = p * scale;
  return x < -87.3365447505531f ? Vec{} : (x == x ? y : x);
}

static inline Vec sigmoid_vec(Vec x) { return 1.0f / (1.0f + exp_vec(-x)); }
static inline Vec tanh_vec(Vec x) { return 2.0f * sigmoid_vec(2.0f * x) - 1.0f; }
static inline Vec normal_cdf_vec(Vec x) {
  const Vec a = max(x, -x) * 0.70710678f;
  const Vec t = 1.0f / (1.0f + 0.3275911f * a);
  const Vec tail = 0.5f * t *
                   (0.254829592f + t * (-0.284496736f + t * (1.421413741f + t * (-1.453152027f + t * 1.061405429f)))) *
                   exp_vec(-a * a);
  return x < 0.0f ? tail : 1.0f - tail;
}

static inline Vec activate(Activation kind, Vec x) {
  const Vec u = 0.79788456f * x * (1.0f + 0.044715f * x * x);
  switch (kind) {
    case Activation::relu:
      return x < 0.0f ? Vec{} : x;
    case Activation::gelu:
      return x * normal_cdf_vec(x);
    case Activation::gelu_tanh:
      return x * sigmoid_vec(2.0f * u);
    case Activation::silu:
      return x * sigmoid_vec(x);
    case Activation::tanh:
      return tanh_vec(x);
    case Activation::sigmoid:
      return sigmoid_vec(x);
    case Activation::none:
      break;
  }
  return x;
}

static inline Vec activation_slope(Activation kind, Vec x) {
  switch (kind) {
    case Activation::relu:
      return x > 0.0f ? splat(1.0f) : Vec{};
    case Activation::gelu:
      return normal_cdf_vec(x) + x * 0.39894228f * exp_vec(-0.5f * x * x);
    case Activation::gelu_tanh: {
      const Vec s = sigmoid_vec(1.59576912f * x * (1.0f + 0.044715f * x * x));
      return s + x * s * (1.0f - s) * 1.59576912f * (1.0f + 0.134145f * x * x);
    }
    case Activation::silu: {
      const Vec s = sigmoid_vec(x);
      return s * (1.0f + x * (1.0f - s));
    }
    case Activation::tanh: {
      const Vec t = tanh_vec(x);
      return 1.0f - t * t;
    }
    case Activation::sigmoid: {
      const Vec s = sigmoid_vec(x);
      return s * (1.0f - s);
    }
    case Activation::none:
      break;
  }
  return splat(1.0f);
}

}  // namespace gridstride::cpu::GS_ISA
