// Linear layer: z = x W^T + bias, y = act(z) + residual; backward: dz = dy * act'(z),
// dx = dz W, dW = dz^T x, dbias = column sums of dz (the residual's gradient is dy itself).
// Sums run in f32 (f64 for dtype f64) in a fixed order, dz included, and are rounded once on the way out. The products
// dx and dw take dz rounded to bf16 or f16, where that is the dtype, on CUDA, as tensor cores must, and to bf16 on CPUs
// with products of bf16; dbias does not.
// Rows are packed tokens; padding rows are computed like the others, so their dy must be zero.
#pragma once

#include <cstdint>

#include "kernels/common/activation.h"
#include "kernels/common/dtype.h"

namespace gridstride {

struct LinearForwardArgs {
  const void* x;         // (m, k), rows x_stride apart
  const void* w;         // (n, k), contiguous
  const void* bias;      // (n), or null
  const void* residual;  // (m, n), rows residual_stride apart, or null
  void* y;               // (m, n), rows y_stride apart
  void* pre_activation;  // z (m, n), contiguous, kept for backward, or null
  int64_t m, n, k;
  int64_t x_stride, residual_stride, y_stride;
  Activation activation;
  DType dtype;  // of everything: f32, bf16, f16, f64
};

// Any of dx, dw, dbias may be null.
struct LinearBackwardArgs {
  const void* dy;              // (m, n), rows dy_stride apart
  const void* x;               // (m, k), rows x_stride apart; read for dw
  const void* w;               // (n, k), contiguous; read for dx
  const void* pre_activation;  // z (m, n), contiguous; read unless activation is none
  void* dx;                    // (m, k), rows dx_stride apart
  void* dw;                    // (n, k), contiguous, of grad_dtype
  void* dbias;                 // (n), of grad_dtype
  int64_t m, n, k;
  int64_t dy_stride, x_stride, dx_stride;
  Activation activation;
  DType dtype;       // of dy, x, w, pre_activation, dx
  DType grad_dtype;  // dtype or f32 (dtype f64: f64)
};

}  // namespace gridstride
