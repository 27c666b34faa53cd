// f32 vectors of the instruction set a *.simd.cc file is compiled for, from compiler vector extensions: the same source
// gives SSE2, AVX2, AVX-512 and NEON. Only for files compiled once per set (GS_ISA): everything here is in that set's
// namespace, so that no object file of one set can be linked into another.
#pragma once

#ifndef GS_ISA
#error "vec.h belongs to *.simd.cc files"
#endif

#include <cstdint>
#include <cstring>

#include "kernels/common/half.h"

namespace gridstride::cpu::GS_ISA {

#if defined(GS_ISA_avx512)
constexpr int kLanes = 16;
#elif defined(GS_ISA_avx2)
constexpr int kLanes = 8;
#else
constexpr int kLanes = 4;
#endif

typedef float Vec __attribute__((vector_size(kLanes * 4)));
typedef int32_t VecInt __attribute__((vector_size(kLanes * 4)));
typedef uint32_t VecUint __attribute__((vector_size(kLanes * 4)));
typedef uint16_t VecHalf __attribute__((vector_size(kLanes * 2)));

// x - 0 is x, also for -0 (x + 0 is not, and costs an addition).
static inline Vec splat(float x) { return x - Vec{}; }

static inline Vec load(const float* p) {
  Vec v;
  memcpy(&v, p, sizeof v);
  return v;
}
static inline void store(float* p, Vec v) { memcpy(p, &v, sizeof v); }

static inline VecInt bits(Vec v) { return (VecInt)v; }
static inline Vec from_bits(VecInt v) { return (Vec)v; }

static inline Vec load(const BFloat16* p) {
  VecHalf half;
  memcpy(&half, p, sizeof half);
  return (Vec)(__builtin_convertvector(half, VecUint) << 16);
}
static inline void store(BFloat16* p, Vec v) {
  const VecUint raw = (VecUint)v;
  const VecUint rounded = (raw + 0x7fffu + ((raw >> 16) & 1)) >> 16;
  const VecUint quiet = (raw >> 16) | 0x40;
  const VecUint chosen = (v == v) ? rounded : quiet;
  const VecHalf half = __builtin_convertvector(chosen, VecHalf);
  memcpy(p, &half, sizeof half);
}

static inline Vec load(const Float16* p) {
  VecHalf half;
  memcpy(&half, p, sizeof half);
  const VecUint raw = __builtin_convertvector(half, VecUint);
  const VecUint magnitude = raw & 0x7fff;
  // As in half.h: no float on the way is subnormal, which the CPU flushes to zero.
  const Vec subnormal = __builtin_convertvector((VecInt)magnitude, Vec) * 0x1p-24f;
  const VecUint normal = (magnitude << 13) + 0x38000000u;
  const VecUint special = 0x7f800000u | (magnitude & 0x3ff) << 13;
  const VecUint small = magnitude < 0x400 ? (VecUint)subnormal : normal;
  const VecUint value = magnitude >= 0x7c00 ? special : small;
  return (Vec)(value | (raw & 0x8000) << 16);
}
// to_float16 of half.h, lane by lane.
static inline void store(Float16* p, Vec v) {
  const VecUint raw = (VecUint)v, magnitude = raw & 0x7fffffff;
  const VecUint normal = (magnitude + 0xfffu + ((magnitude >> 13) & 1) - 0x38000000u) >> 13;
  const VecUint subnormal = (VecUint)((Vec)magnitude + 0.5f) - 0x3f000000u;
  const VecUint small = magnitude < 0x38800000u ? subnormal : normal;
  const VecUint special = VecUint{} + 0x7c00u + ((VecUint)(magnitude > 0x7f800000u) & 0x200u);
  const VecUint chosen = magnitude >= 0x477ff000u ? special : small;
  const VecHalf half = __builtin_convertvector(chosen | (raw & 0x80000000u) >> 16, VecHalf);
  memcpy(p, &half, sizeof half);
}

// The first n < kLanes elements; the rest of the vector is zero (load) or not written (store).
template <class T>
static inline Vec load_part(const T* p, int64_t n) {
  T buffer[kLanes] = {};
  memcpy(buffer, p, static_cast<size_t>(n) * sizeof(T));
  return load(buffer);
}
template <class T>
static inline void store_part(T* p, Vec v, int64_t n) {
  T buffer[kLanes];
  store(buffer, v);
  memcpy(p, buffer, static_cast<size_t>(n) * sizeof(T));
}

static inline Vec max(Vec a, Vec b) { return a > b ? a : b; }
static inline Vec min(Vec a, Vec b) { return a < b ? a : b; }

// Sum and maximum over lanes, always in the same order.
static inline float sum_lanes(Vec v) {
  float buffer[kLanes];
  store(buffer, v);
  for (int half = kLanes / 2; half > 0; half /= 2)
    for (int i = 0; i < half; ++i) buffer[i] += buffer[i + half];
  return buffer[0];
}
static inline float max_lanes(Vec v) {
  float result = v[0];
  for (int i = 1; i < kLanes; ++i) result = v[i] > result ? v[i] : result;
  return result;
}

}  // namespace gridstride::cpu::GS_ISA
