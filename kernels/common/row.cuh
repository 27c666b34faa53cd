// Rows in registers: a warp holds one row, lane l the vectors l, l + 32, l + 64 ... of 16 bytes.
#pragma once

#include "kernels/common/device.cuh"
#include "kernels/common/dtype.h"

namespace gridstride {

// body(i, column) for this lane's vectors that lie within the row; i counts them.
template <int kVectors, int kLength, class Body>
__device__ __forceinline__ void for_each_vector(int64_t columns, Body&& body) {
#pragma unroll
  for (int i = 0; i < kVectors; ++i) {
    const int column = (i * kWarpSize + lane_of_thread()) * kLength;
    if (column < columns) body(i, column);
  }
}

template <class T, int kLength>
__device__ __forceinline__ void load_floats(const T* p, float (&x)[kLength]) {
  constexpr int kStep = kLength < kVectorLength<T> ? kLength : kVectorLength<T>;
#pragma unroll
  for (int first = 0; first < kLength; first += kStep) {
    const auto vector = load_vector<T, kStep>(p + first);
#pragma unroll
    for (int j = 0; j < kStep; ++j) x[first + j] = widen(vector.element[j]);
  }
}

template <class T, int kLength>
__device__ __forceinline__ void store_floats(T* p, const float (&x)[kLength]) {
  constexpr int kStep = kLength < kVectorLength<T> ? kLength : kVectorLength<T>;
#pragma unroll
  for (int first = 0; first < kLength; first += kStep) {
    Vector<T, kStep> vector;
#pragma unroll
    for (int j = 0; j < kStep; ++j) vector.element[j] = narrow<T>(x[first + j]);
    store_vector<T, kStep>(p + first, vector);
  }
}

// Elements of a row whose dtype is known at run time only, such as gamma; `absent` where there is no row.
template <int kLength>
__device__ __forceinline__ void load_parameters(const void* row, DType dtype, int64_t column, float absent,
                                                float (&x)[kLength]) {
  if (!row) {
#pragma unroll
    for (int j = 0; j < kLength; ++j) x[j] = absent;
  } else if (dtype == DType::f32) {
    load_floats(static_cast<const float*>(row) + column, x);
  } else if (dtype == DType::bf16) {
    load_floats(static_cast<const BFloat16*>(row) + column, x);
  } else {
    load_floats(static_cast<const Float16*>(row) + column, x);
  }
}

}  // namespace gridstride
