// Element types inside *.simd.cc files: the storage type of a run-time dtype, and vectors from any stride.
#pragma once

#include "kernels/common/dtype.h"
#include "native/cpu/simd/vec.h"

namespace gridstride::cpu::GS_ISA {

template <class T>
struct Tag {
  using type = T;
};

// Calls body(Tag<T>{}) for the 16- and 32-bit floating types; other dtypes take the reference path, never this one.
template <class Body>
static inline void with_storage(DType dtype, Body body) {
  if (dtype == DType::f32) return body(Tag<float>{});
  if (dtype == DType::bf16) return body(Tag<BFloat16>{});
  if (dtype == DType::f16) return body(Tag<Float16>{});
}

static inline float load_one(const float* p) { return *p; }
static inline float load_one(const BFloat16* p) { return to_float(*p); }
static inline float load_one(const Float16* p) { return to_float(*p); }
static inline void store_one(float* p, float x) { *p = x; }
static inline void store_one(BFloat16* p, float x) { *p = to_bfloat16(x); }
static inline void store_one(Float16* p, float x) { *p = to_float16(x); }

// n <= kLanes elements, a vector if n == kLanes and the elements are neighbours.
template <class T>
static inline Vec load_some(const T* p, int64_t n) {
  return n == kLanes ? load(p) : load_part(p, n);
}
template <class T>
static inline void store_some(T* p, Vec v, int64_t n) {
  if (n == kLanes)
    store(p, v);
  else
    store_part(p, v, n);
}

// n <= kLanes elements `stride` apart; stride 0 repeats one element.
template <class T>
static inline Vec load_strided(const T* p, int64_t stride, int64_t n) {
  if (stride == 1) return load_some(p, n);
  if (stride == 0) return splat(load_one(p));
  float buffer[kLanes] = {};
  for (int64_t i = 0; i < n; ++i) buffer[i] = load_one(p + i * stride);
  return load(buffer);
}
template <class T>
static inline void store_strided(T* p, Vec v, int64_t stride, int64_t n) {
  if (stride == 1) return store_some(p, v, n);
  float buffer[kLanes];
  store(buffer, v);
  for (int64_t i = 0; i < n; ++i) store_one(p + i * stride, buffer[i]);
}

}  // namespace gridstride::cpu::GS_ISA
