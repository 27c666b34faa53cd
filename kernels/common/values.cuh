// What kernels over any dtype use: the type arithmetic is done in (f32 for floating types, i64 for integers and
// booleans), and runs of elements that move in vectors of at most 16 bytes.
#pragma once

#include "kernels/common/convert.h"
#include "kernels/common/device.cuh"
#include "kernels/common/dtype.h"

namespace gridstride {

__device__ __forceinline__ int64_t widen(int64_t x) { return x; }
__device__ __forceinline__ int64_t widen(int32_t x) { return x; }
__device__ __forceinline__ int64_t widen(uint8_t x) { return x; }
__device__ __forceinline__ int64_t widen(Boolean x) { return x.byte != 0; }

template <class T>
using Wide = decltype(widen(T{}));

// Integers wrap, floating values round, booleans are x != 0.
template <class T>
__device__ __forceinline__ T narrow_wide(Wide<T> x) {
  if constexpr (std::is_same_v<Wide<T>, float>)
    return narrow<T>(x);
  else if constexpr (std::is_same_v<T, Boolean>)
    return {static_cast<uint8_t>(x != 0)};
  else
    return static_cast<T>(x);
}

// Element i of an index tensor, i64 or i32.
__device__ __forceinline__ int64_t load_index(const void* p, DType dtype, int64_t i) {
  return dtype == DType::i64 ? static_cast<const int64_t*>(p)[i] : static_cast<const int32_t*>(p)[i];
}

// The first n <= kLength neighbours at p; with n == kLength > 1, p is aligned to the vectors they move in. `stride` 0:
// one value, repeated.
template <class T, int kLength>
__device__ __forceinline__ void load_run(const T* p, int64_t stride, int n, T (&x)[kLength]) {
  constexpr int kStep = kLength < kVectorLength<T> ? kLength : kVectorLength<T>;
  if (kLength == 1 || stride == 0) {
    const T value = *p;
#pragma unroll
    for (int j = 0; j < kLength; ++j) x[j] = value;
  } else if (n == kLength) {
#pragma unroll
    for (int first = 0; first < kLength; first += kStep) {
      const auto vector = load_vector<T, kStep>(p + first);
#pragma unroll
      for (int j = 0; j < kStep; ++j) x[first + j] = vector.element[j];
    }
  } else {
#pragma unroll
    for (int j = 0; j < kLength; ++j) x[j] = p[j < n ? j : 0];
  }
}

template <class T, int kLength>
__device__ __forceinline__ void store_run(T* p, int n, const T (&x)[kLength]) {
  constexpr int kStep = kLength < kVectorLength<T> ? kLength : kVectorLength<T>;
  if (kLength == 1) {
    *p = x[0];
  } else if (n == kLength) {
#pragma unroll
    for (int first = 0; first < kLength; first += kStep) {
      Vector<T, kStep> vector;
#pragma unroll
      for (int j = 0; j < kStep; ++j) vector.element[j] = x[first + j];
      store_vector<T, kStep>(p + first, vector);
    }
  } else {
#pragma unroll
    for (int j = 0; j < kLength; ++j)
      if (j < n) p[j] = x[j];
  }
}

}  // namespace gridstride
