// One activation of a vector, for the activation op and for matrix products that apply it to their tiles.
#pragma once

#include "kernels/common/activation.h"
#include "native/cpu/simd/math.h"

namespace gridstride::cpu::GS_ISA {

// The kind is a template argument, so that a loop has no switch inside.
template <Activation kind>
static inline Vec activation_value(Vec x) {
  if constexpr (kind == Activation::relu) return relu(x);
  if constexpr (kind == Activation::gelu) return gelu(x);
  if constexpr (kind == Activation::gelu_tanh) return gelu_tanh(x);
  if constexpr (kind == Activation::silu) return silu(x);
  if constexpr (kind == Activation::tanh) return tanh(x);
  if constexpr (kind == Activation::sigmoid) return sigmoid(x);
  return x;
}
template <Activation kind>
static inline Vec activation_derivative(Vec x) {
  if constexpr (kind == Activation::relu) return relu_derivative(x);
  if constexpr (kind == Activation::gelu) return gelu_derivative(x);
  if constexpr (kind == Activation::gelu_tanh) return gelu_tanh_derivative(x);
  if constexpr (kind == Activation::silu) return silu_derivative(x);
  if constexpr (kind == Activation::tanh) return tanh_derivative(x);
  if constexpr (kind == Activation::sigmoid) return sigmoid_derivative(x);
  return splat(1.0f);
}

// Calls body(Kind<...>{}) with the run-time kind as a compile-time one.
template <Activation kind>
struct Kind {
  static constexpr Activation value = kind;
};
template <class Body>
static inline void with_activation(Activation kind, Body body) {
  switch (kind) {
    case Activation::relu:
      return body(Kind<Activation::relu>{});
    case Activation::gelu:
      return body(Kind<Activation::gelu>{});
    case Activation::gelu_tanh:
      return body(Kind<Activation::gelu_tanh>{});
    case Activation::silu:
      return body(Kind<Activation::silu>{});
    case Activation::tanh:
      return body(Kind<Activation::tanh>{});
    case Activation::sigmoid:
      return body(Kind<Activation::sigmoid>{});
    case Activation::none:
      break;
  }
  body(Kind<Activation::none>{});
}

}  // namespace gridstride::cpu::GS_ISA
