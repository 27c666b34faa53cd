// Activations an op can apply on its own or fuse behind a matrix product. Formulas: kernels/math/activation.h.
#pragma once

#include <cstdint>

namespace gridstride {

// gelu is x * Phi(x) with the error function, gelu_tanh its tanh approximation (Hugging Face: gelu, gelu_new).
enum class Activation : int32_t { none, relu, gelu, gelu_tanh, silu, tanh, sigmoid };
constexpr int kActivationCount = 7;

}  // namespace gridstride
