// y = f(a, b) on strided tensors (ops and dtypes: binary.h; mapping: kernels/common/strided.cuh). f32 inside for f32,
// bf16 and f16, i64 for integers and booleans; the op is a branch all threads take alike. An integer divided by zero
// gives 0 and is reported. A null operand stands for `scalar`.
#pragma once

#include <type_traits>

#include "kernels/common/faults.cuh"
#include "kernels/common/strided.cuh"
#include "kernels/common/values.cuh"
#include "kernels/elementwise/binary.h"

namespace gridstride {

// x[j] = f(x[j], z[j])
template <class W, int kLength, class F>
__device__ __forceinline__ void zip(W (&x)[kLength], const W (&z)[kLength], F f) {
#pragma unroll
  for (int j = 0; j < kLength; ++j) x[j] = f(x[j], z[j]);
}

// Wraps, as multiplication does; a negative exponent leaves only 1 and -1.
__device__ __forceinline__ int64_t integer_power(int64_t base, int64_t exponent) {
  if (exponent < 0) return base == 1 ? 1 : base == -1 ? (exponent % 2 != 0 ? -1 : 1) : 0;
  uint64_t result = 1, factor = static_cast<uint64_t>(base);
  for (; exponent > 0; exponent >>= 1, factor *= factor)
    if (exponent & 1) result *= factor;
  return static_cast<int64_t>(result);
}

// Wraps, unlike signed arithmetic.
__device__ __forceinline__ int64_t integer_add(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}
__device__ __forceinline__ int64_t integer_product(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
}
__device__ __forceinline__ int64_t integer_quotient(int64_t a, int64_t b) {
  return b == 0 ? 0 : b == -1 ? integer_product(a, b) : a / b;
}

template <int kLength>
__device__ __forceinline__ void binary_values(BinaryOp op, float (&x)[kLength], const float (&z)[kLength]) {
  if (op == BinaryOp::add) zip(x, z, [](float a, float b) { return a + b; });
  if (op == BinaryOp::sub) zip(x, z, [](float a, float b) { return a - b; });
  if (op == BinaryOp::mul) zip(x, z, [](float a, float b) { return a * b; });
  if (op == BinaryOp::div) zip(x, z, [](float a, float b) { return a / b; });
  if (op == BinaryOp::pow) zip(x, z, [](float a, float b) { return powf(a, b); });
  if (op == BinaryOp::maximum) zip(x, z, [](float a, float b) { return a > b || a != a ? a : b; });
  if (op == BinaryOp::minimum) zip(x, z, [](float a, float b) { return a < b || a != a ? a : b; });
}
template <int kLength>
__device__ __forceinline__ void binary_values(BinaryOp op, int64_t (&x)[kLength], const int64_t (&z)[kLength]) {
  if (op == BinaryOp::add) zip(x, z, integer_add);
  if (op == BinaryOp::sub) zip(x, z, [](int64_t a, int64_t b) { return integer_add(a, integer_product(b, -1)); });
  if (op == BinaryOp::mul) zip(x, z, integer_product);
  if (op == BinaryOp::div) zip(x, z, integer_quotient);
  if (op == BinaryOp::pow) zip(x, z, integer_power);
  if (op == BinaryOp::maximum) zip(x, z, [](int64_t a, int64_t b) { return a > b ? a : b; });
  if (op == BinaryOp::minimum) zip(x, z, [](int64_t a, int64_t b) { return a < b ? a : b; });
}

template <class W>
__device__ __forceinline__ bool binary_claim(BinaryOp op, W a, W b) {
  switch (op) {
    case BinaryOp::eq:
      return a == b;
    case BinaryOp::ne:
      return a != b;
    case BinaryOp::lt:
      return a < b;
    case BinaryOp::le:
      return a <= b;
    case BinaryOp::gt:
      return a > b;
    case BinaryOp::ge:
      return a >= b;
    case BinaryOp::logical_and:
      return a != 0 && b != 0;
    default:
      return a != 0 || b != 0;
  }
}

template <class T, int kLength>
__device__ __forceinline__ void load_binary_operand(const T* p, int64_t at, int64_t stride, int n, T scalar,
                                                    Wide<T> (&x)[kLength]) {
  T raw[kLength];
  if (p) {
    load_run(p + at, stride, n, raw);
  } else {
#pragma unroll
    for (int j = 0; j < kLength; ++j) raw[j] = scalar;
  }
#pragma unroll
  for (int j = 0; j < kLength; ++j) x[j] = widen(raw[j]);
}

// Elements of a run that moves in vectors: of 16 bytes, of 4 for elements of one byte, whose arithmetic takes 8.
template <class T>
constexpr int kBinaryLength = sizeof(T) == 1 ? 4 : kVectorLength<T>;

// Operands of the part: a, b, y.
template <class T, int kLength>
__global__ void __launch_bounds__(kElementThreads, 4)
    binary_runs(StridedRuns<3> part, const T* a, const T* b, void* y, T scalar, BinaryOp op, FaultSink faults) {
  for_each_strided<kLength>(part, [&](const int64_t(&at)[3], int n) {
    Wide<T> x[kLength], z[kLength];
    load_binary_operand(a, at[0], part.strides[0][0], n, scalar, x);
    load_binary_operand(b, at[1], part.strides[1][0], n, scalar, z);
    if (op >= BinaryOp::eq) {
      uint8_t claims[kLength];
#pragma unroll
      for (int j = 0; j < kLength; ++j) claims[j] = binary_claim(op, x[j], z[j]);
      store_run(static_cast<uint8_t*>(y) + at[2], n, claims);
      return;
    }
    if constexpr (std::is_integral_v<T>)
      for (int j = 0; j < n; ++j)
        if (op == BinaryOp::div && z[j] == 0) report_fault(faults, FaultKind::divisor, 0, at[2] + j, 0);
    binary_values(op, x, z);
    T values[kLength];
#pragma unroll
    for (int j = 0; j < kLength; ++j) values[j] = narrow_wide<T>(x[j]);
    store_run(static_cast<T*>(y) + at[2], n, values);
  });
}

}  // namespace gridstride
