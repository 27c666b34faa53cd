// y = x in another dtype, on strided tensors (rules: cast.h; mapping: kernels/common/strided.cuh). An instance per type
// W that holds its sources exactly: f32 (also bf16, f16, u8, booleans), i64 (also i32), f64; the dtypes themselves are
// branches all threads take alike. Integers go to floats by way of f64, as on the CPU: the same bits.
#pragma once

#include "kernels/common/dtype.h"
#include "kernels/common/strided.cuh"
#include "kernels/common/values.cuh"
#include "kernels/elementwise/cast.h"

namespace gridstride {

constexpr int kCastLength = 4;  // elements of a run that moves in vectors

template <class S, class W, int kLength>
__device__ __forceinline__ void load_as(const void* x, int64_t at, int64_t stride, int n, W (&wide)[kLength]) {
  S raw[kLength];
  load_run(static_cast<const S*>(x) + at, stride, n, raw);
#pragma unroll
  for (int j = 0; j < kLength; ++j) {
    if constexpr (std::is_same_v<S, double>)
      wide[j] = raw[j];
    else
      wide[j] = static_cast<W>(widen(raw[j]));
  }
}

__device__ __forceinline__ float round_to_float(float x) { return x; }
__device__ __forceinline__ float round_to_float(double x) { return static_cast<float>(x); }
__device__ __forceinline__ float round_to_float(int64_t x) { return static_cast<float>(static_cast<double>(x)); }

template <class D, class W>
__device__ __forceinline__ D cast_value(W x) {
  if constexpr (std::is_same_v<D, Boolean>)
    return {static_cast<uint8_t>(x != 0)};
  else if constexpr (std::is_same_v<D, double>)
    return static_cast<double>(x);
  else if constexpr (!std::is_integral_v<D>)
    return narrow<D>(round_to_float(x));
  else if constexpr (std::is_same_v<W, int64_t>)
    return static_cast<D>(x);
  else
    return to_integer<D>(x);
}

template <class D, class W, int kLength>
__device__ __forceinline__ void store_as(void* y, int64_t at, int n, const W (&wide)[kLength]) {
  D values[kLength];
#pragma unroll
  for (int j = 0; j < kLength; ++j) values[j] = cast_value<D>(wide[j]);
  store_run(static_cast<D*>(y) + at, n, values);
}

// Operands of the part: x, y.
template <class W, int kLength>
__global__ void __launch_bounds__(kElementThreads, 4)
    cast_runs(StridedRuns<2> part, const void* x, void* y, DType x_dtype, DType y_dtype) {
  for_each_strided<kLength>(part, [&](const int64_t(&at)[2], int n) {
    const int64_t stride = part.strides[0][0];
    W wide[kLength];
    if constexpr (std::is_same_v<W, double>) {
      load_as<double>(x, at[0], stride, n, wide);
    } else if constexpr (std::is_same_v<W, int64_t>) {
      if (x_dtype == DType::i64)
        load_as<int64_t>(x, at[0], stride, n, wide);
      else
        load_as<int32_t>(x, at[0], stride, n, wide);
    } else {
      if (x_dtype == DType::f32)
        load_as<float>(x, at[0], stride, n, wide);
      else if (x_dtype == DType::bf16)
        load_as<BFloat16>(x, at[0], stride, n, wide);
      else if (x_dtype == DType::f16)
        load_as<Float16>(x, at[0], stride, n, wide);
      else if (x_dtype == DType::u8)
        load_as<uint8_t>(x, at[0], stride, n, wide);
      else
        load_as<Boolean>(x, at[0], stride, n, wide);
    }
    if (y_dtype == DType::f32) store_as<float>(y, at[1], n, wide);
    if (y_dtype == DType::bf16) store_as<BFloat16>(y, at[1], n, wide);
    if (y_dtype == DType::f16) store_as<Float16>(y, at[1], n, wide);
    if (y_dtype == DType::f64) store_as<double>(y, at[1], n, wide);
    if (y_dtype == DType::i64) store_as<int64_t>(y, at[1], n, wide);
    if (y_dtype == DType::i32) store_as<int32_t>(y, at[1], n, wide);
    if (y_dtype == DType::u8) store_as<uint8_t>(y, at[1], n, wide);
    if (y_dtype == DType::boolean) store_as<Boolean>(y, at[1], n, wide);
  });
}

}  // namespace gridstride
