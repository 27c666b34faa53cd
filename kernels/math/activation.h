// Activations and their derivatives as scalar formulas, one for CPU and CUDA; T is float or double. Derivatives take
// the input, not the output. Forms are chosen so that nothing cancels and nothing overflows to NaN. Source: Hendrycks
// and Gimpel, "Gaussian Error Linear Units" (arXiv 1606.08415), sections 2 and 4.
#pragma once

#include <math.h>

#include "kernels/common/activation.h"
#include "kernels/common/host_device.h"

namespace gridstride {

GS_HOST_DEVICE float exp_of(float x) { return expf(x); }
GS_HOST_DEVICE double exp_of(double x) { return exp(x); }
GS_HOST_DEVICE float tanh_of(float x) { return tanhf(x); }
GS_HOST_DEVICE double tanh_of(double x) { return tanh(x); }
GS_HOST_DEVICE float erfc_of(float x) { return erfcf(x); }
GS_HOST_DEVICE double erfc_of(double x) { return erfc(x); }
GS_HOST_DEVICE float abs_of(float x) { return fabsf(x); }
GS_HOST_DEVICE double abs_of(double x) { return fabs(x); }

template <class T>
GS_HOST_DEVICE T sigmoid(T x) {
  const T e = exp_of(-abs_of(x));
  return (x >= T(0) ? T(1) : e) / (T(1) + e);
}
template <class T>
GS_HOST_DEVICE T sigmoid_derivative(T x) {
  const T e = exp_of(-abs_of(x));
  return e / ((T(1) + e) * (T(1) + e));
}

// tanh'(x) = 1 / cosh(x)^2.
template <class T>
GS_HOST_DEVICE T tanh_derivative(T x) {
  return T(4) * sigmoid_derivative(T(2) * x);
}

// The distribution function of the standard normal.
template <class T>
GS_HOST_DEVICE T normal_cdf(T x) {
  return T(0.5) * erfc_of(-x * T(0.70710678118654752440));
}
template <class T>
GS_HOST_DEVICE T gelu(T x) {
  return x * normal_cdf(x);
}
template <class T>
GS_HOST_DEVICE T gelu_derivative(T x) {
  return normal_cdf(x) + x * T(0.39894228040143267794) * exp_of(T(-0.5) * x * x);
}

// 0.5 x (1 + tanh(u)) = x sigmoid(2 u), u = sqrt(2 / pi) (x + 0.044715 x^3).
template <class T>
GS_HOST_DEVICE T gelu_tanh(T x) {
  const T twice_u = T(1.59576912160573071176) * x * (T(1) + T(0.044715) * x * x);
  return x * sigmoid(twice_u);
}
template <class T>
GS_HOST_DEVICE T gelu_tanh_derivative(T x) {
  const T twice_u = T(1.59576912160573071176) * x * (T(1) + T(0.044715) * x * x);
  const T slope = T(1.59576912160573071176) * (T(1) + T(3 * 0.044715) * x * x);
  return sigmoid(twice_u) + x * slope * sigmoid_derivative(twice_u);
}

template <class T>
GS_HOST_DEVICE T silu_derivative(T x) {
  return sigmoid(x) + x * sigmoid_derivative(x);
}

template <class T>
GS_HOST_DEVICE T activation_value(Activation kind, T x) {
  switch (kind) {
    case Activation::relu:
      return x < T(0) ? T(0) : x;
    case Activation::gelu:
      return gelu(x);
    case Activation::gelu_tanh:
      return gelu_tanh(x);
    case Activation::silu:
      return x * sigmoid(x);
    case Activation::tanh:
      return tanh_of(x);
    case Activation::sigmoid:
      return sigmoid(x);
    case Activation::none:
      break;
  }
  return x;
}

template <class T>
GS_HOST_DEVICE T activation_derivative(Activation kind, T x) {
  switch (kind) {
    case Activation::relu:
      return x > T(0) ? T(1) : T(0);
    case Activation::gelu:
      return gelu_derivative(x);
    case Activation::gelu_tanh:
      return gelu_tanh_derivative(x);
    case Activation::silu:
      return silu_derivative(x);
    case Activation::tanh:
      return tanh_derivative(x);
    case Activation::sigmoid:
      return sigmoid_derivative(x);
    case Activation::none:
      break;
  }
  return T(1);
}

}  // namespace gridstride
