// Rows in registers: a warp holds one row, lane l the vectors l, l + 32, l + 64 ... of 16 bytes; and rows that a team
// of threads reads once.
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

// A vector's length as a type, for bodies that take vectors and single elements alike.
template <int kLength>
struct Length {
  static constexpr int value = kLength;
};

// Up to 16 bytes move at once; `p` is aligned to that.
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

// Elements before the first address that is aligned to 16 bytes.
template <class T>
__device__ __forceinline__ int elements_to_vector(const T* p) {
  const auto skew = static_cast<int>(reinterpret_cast<uintptr_t>(p) % 16 / sizeof(T));
  return (kVectorLength<T> - skew) % kVectorLength<T>;
}

// body(i, Length<n>) for runs of elements [first, end) of a row, taken in turn by `team` threads of which this is
// number `index`. Runs are vectors of 16 bytes from the first address that is aligned to them, and single elements
// before, behind, and everywhere unless `vectors`.
template <class T, class Body>
__device__ __forceinline__ void for_each_of_team(const T* row, int64_t first, int64_t end, bool vectors, int index,
                                                 int team, Body&& body) {
  constexpr int kLength = kVectorLength<T>;
  const int64_t aligned = first + elements_to_vector(row + first);
  const int64_t begin = vectors && aligned < end ? aligned : end;
  const int64_t whole = end - (end - begin) % kLength;
#pragma unroll 1
  for (int64_t i = first + index; i < begin; i += team) body(i, Length<1>{});
#pragma unroll 2
  for (int64_t i = begin + static_cast<int64_t>(index) * kLength; i < whole; i += static_cast<int64_t>(team) * kLength)
    body(i, Length<kLength>{});
#pragma unroll 1
  for (int64_t i = whole + index; i < end; i += team) body(i, Length<1>{});
}

}  // namespace gridstride
