// y = f(x) on strided tensors (ops and dtypes: unary.h; mapping: kernels/common/strided.cuh). f32 inside for f32, bf16
// and f16, i64 for integers and booleans, which take the ops named in unary.h alone; the op is a branch all threads
// take alike.
#pragma once

#include "kernels/common/strided.cuh"
#include "kernels/common/values.cuh"
#include "kernels/elementwise/unary.h"

namespace gridstride {

// x[j] = f(x[j])
template <class W, int kLength, class F>
__device__ __forceinline__ void each(W (&x)[kLength], F f) {
#pragma unroll
  for (int j = 0; j < kLength; ++j) x[j] = f(x[j]);
}

template <int kLength>
__device__ __forceinline__ void unary_values(UnaryOp op, float (&x)[kLength]) {
  switch (op) {
    case UnaryOp::neg:
      return each(x, [](float v) { return -v; });
    case UnaryOp::abs:
      return each(x, [](float v) { return fabsf(v); });
    case UnaryOp::sign:
      return each(x, [](float v) { return static_cast<float>((v > 0) - (v < 0)); });
    case UnaryOp::square:
      return each(x, [](float v) { return v * v; });
    case UnaryOp::reciprocal:
      return each(x, [](float v) { return 1.0f / v; });
    case UnaryOp::sqrt:
      return each(x, [](float v) { return sqrtf(v); });
    case UnaryOp::rsqrt:
      return each(x, [](float v) { return rsqrtf(v); });
    case UnaryOp::exp:
      return each(x, [](float v) { return expf(v); });
    case UnaryOp::log:
      return each(x, [](float v) { return logf(v); });
    case UnaryOp::erf:
      return each(x, [](float v) { return erff(v); });
    case UnaryOp::sin:
      return each(x, [](float v) { return sinf(v); });
    case UnaryOp::cos:
      return each(x, [](float v) { return cosf(v); });
    case UnaryOp::floor:
      return each(x, [](float v) { return floorf(v); });
    case UnaryOp::ceil:
      return each(x, [](float v) { return ceilf(v); });
    default:
      return;
  }
}
// Wraps, unlike signed arithmetic.
template <int kLength>
__device__ __forceinline__ void unary_values(UnaryOp op, int64_t (&x)[kLength]) {
  const auto negative = [](int64_t v) { return static_cast<int64_t>(0 - static_cast<uint64_t>(v)); };
  if (op == UnaryOp::neg) each(x, negative);
  if (op == UnaryOp::abs) each(x, [&](int64_t v) { return v < 0 ? negative(v) : v; });
  if (op == UnaryOp::sign) each(x, [](int64_t v) { return static_cast<int64_t>((v > 0) - (v < 0)); });
  if (op == UnaryOp::square)
    each(x, [](int64_t v) { return static_cast<int64_t>(static_cast<uint64_t>(v) * static_cast<uint64_t>(v)); });
}

__device__ __forceinline__ bool unary_claim(UnaryOp op, float x) {
  if (op == UnaryOp::logical_not) return x == 0;
  return op == UnaryOp::is_nan ? x != x : fabsf(x) < __builtin_huge_valf();
}
__device__ __forceinline__ bool unary_claim(UnaryOp op, int64_t x) {
  return op == UnaryOp::logical_not ? x == 0 : op == UnaryOp::is_finite;
}

// Operands of the part: x, y.
template <class T, int kLength>
__global__ void __launch_bounds__(kElementThreads, 4) unary_runs(StridedRuns<2> part, const T* x, void* y, UnaryOp op) {
  for_each_strided<kLength>(part, [&](const int64_t(&at)[2], int n) {
    T values[kLength];
    Wide<T> wide[kLength];
    load_run(x + at[0], part.strides[0][0], n, values);
#pragma unroll
    for (int j = 0; j < kLength; ++j) wide[j] = widen(values[j]);
    if (op >= UnaryOp::is_nan) {
      uint8_t claims[kLength];
#pragma unroll
      for (int j = 0; j < kLength; ++j) claims[j] = unary_claim(op, wide[j]);
      store_run(static_cast<uint8_t*>(y) + at[1], n, claims);
      return;
    }
    unary_values(op, wide);
#pragma unroll
    for (int j = 0; j < kLength; ++j) values[j] = narrow_wide<T>(wide[j]);
    store_run(static_cast<T*>(y) + at[1], n, values);
  });
}

}  // namespace gridstride
