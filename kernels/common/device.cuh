// What every kernel uses: vectors of 16 bytes, conversions to and from f32, reductions over a warp and a block.
#pragma once

#include "kernels/common/half.h"
#include "kernels/common/ptx.cuh"

namespace gridstride {

constexpr int kWarpSize = 32;
constexpr unsigned kAllLanes = 0xffffffffu;

__device__ __forceinline__ int lane_of_thread() { return static_cast<int>(threadIdx.x) % kWarpSize; }
__device__ __forceinline__ int warp_of_thread() { return static_cast<int>(threadIdx.x) / kWarpSize; }

__device__ __forceinline__ float widen(float x) { return x; }
__device__ __forceinline__ float widen(BFloat16 x) { return to_float(x); }
__device__ __forceinline__ float widen(Float16 x) { return ptx::f16_to_f32(x.bits); }

template <class T>
__device__ __forceinline__ T narrow(float x);
template <>
__device__ __forceinline__ float narrow<float>(float x) {
  return x;
}
template <>
__device__ __forceinline__ BFloat16 narrow<BFloat16>(float x) {
  return {ptx::f32_to_bf16(x)};
}
template <>
__device__ __forceinline__ Float16 narrow<Float16>(float x) {
  return {ptx::f32_to_f16(x)};
}

// kCount elements that move as one: 16 bytes where kCount is kVectorLength<T>.
template <class T, int kCount>
struct alignas(sizeof(T) * kCount) Vector {
  T element[kCount];
};
template <class T>
constexpr int kVectorLength = 16 / static_cast<int>(sizeof(T));

#ifdef GRIDSTRIDE_EMULATION
template <class T, int kCount>
Vector<T, kCount> load_vector(const T* p, GS_WHERE) {
  const emulation::VectorAccess access(p, sizeof(T) * kCount, false, where);
  return *reinterpret_cast<const Vector<T, kCount>*>(p);
}
template <class T, int kCount>
void store_vector(T* p, const Vector<T, kCount>& vector, GS_WHERE) {
  const emulation::VectorAccess access(p, sizeof(T) * kCount, true, where);
  *reinterpret_cast<Vector<T, kCount>*>(p) = vector;
}
#else
template <class T, int kCount>
__device__ __forceinline__ Vector<T, kCount> load_vector(const T* p) {
  return *reinterpret_cast<const Vector<T, kCount>*>(p);
}
template <class T, int kCount>
__device__ __forceinline__ void store_vector(T* p, const Vector<T, kCount>& vector) {
  *reinterpret_cast<Vector<T, kCount>*>(p) = vector;
}
#endif

struct Sum {
  static constexpr float kNothing = 0.0f;
  __device__ __forceinline__ float operator()(float a, float b) const { return a + b; }
};
// NaN in either gives NaN.
struct Max {
  static constexpr float kNothing = -__builtin_huge_valf();
  __device__ __forceinline__ float operator()(float a, float b) const { return a > b || a != a ? a : b; }
};

// Over all 32 lanes; every lane gets the same bits.
template <class Join>
__device__ __forceinline__ float warp_reduce(float x, Join join = {}) {
#pragma unroll
  for (int distance = kWarpSize / 2; distance > 0; distance /= 2) x = join(x, __shfl_xor_sync(kAllLanes, x, distance));
  return x;
}

// Over a one-dimensional block of kWarps whole warps; every thread gets the same bits.
template <class Join, int kWarps>
__device__ __forceinline__ float block_reduce(float x, Join join = {}) {
  SHARED_ARRAY(float, parts, kWarps);
  x = warp_reduce(x, join);
  __syncthreads();  // the parts of the reduction before have been read
  if (lane_of_thread() == 0) parts[warp_of_thread()] = x;
  __syncthreads();
  float all = parts[0];
#pragma unroll
  for (int warp = 1; warp < kWarps; ++warp) all = join(all, parts[warp]);
  return all;
}

}  // namespace gridstride
