// CUDA's vocabulary for kernels compiled by g++: qualifiers, indices, barriers, warp operations, shared memory.
// kernels/common/device.cuh includes it in place of <cuda_runtime.h>.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "native/emulation/calls.h"
#include "native/emulation/launch.h"
#include "native/emulation/runtime/api.h"
#include "native/emulation/warp_calls.h"

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)
#define __restrict__ __restrict

#define threadIdx (::gridstride::emulation::thread_index())
#define blockIdx (::gridstride::emulation::block_index())
#define blockDim (::gridstride::emulation::block_size())
#define gridDim (::gridstride::emulation::grid_size())

inline void __syncthreads(GS_WHERE) { gridstride::emulation::sync_threads(where); }

// Threads take turns and nothing else touches the word: plain arithmetic is atomic, and no race.
inline int atomicAdd(int* sum, int value) { return gridstride::emulation::atomic_add(sum, value); }
inline unsigned atomicAdd(unsigned* sum, unsigned value) { return gridstride::emulation::atomic_add(sum, value); }

inline float rsqrtf(float x) { return 1.0f / sqrtf(x); }
// Never part of a fused multiply-add on a device.
inline double __dmul_rn(double a, double b) { return a * b; }
inline double __dadd_rn(double a, double b) { return a + b; }
inline int __popc(unsigned x) { return std::popcount(x); }
inline int __clz(int x) { return std::countl_zero(static_cast<unsigned>(x)); }
inline int __ffs(int x) { return x == 0 ? 0 : std::countr_zero(static_cast<unsigned>(x)) + 1; }

// An array in shared memory: `SHARED_ARRAY(float, sums, 32);`. The static's address tells arrays apart, those of two
// instances of a kernel template too.
#define SHARED_ARRAY(T, name, count) \
  static const char name##_key = 0;  \
  T(&name)                           \
  [count] = *static_cast<T(*)[count]>(::gridstride::emulation::static_shared(&name##_key, #name, sizeof(T) * (count)))

namespace gridstride {

// The parts of dynamic shared memory, in the order they are taken.
class SharedParts {
 public:
  template <class T>
  T* take(int count) {
    return static_cast<T*>(emulation::dynamic_shared(taken_++, sizeof(T) * static_cast<size_t>(count)));
  }

 private:
  size_t taken_ = 0;
};

}  // namespace gridstride

#define DYN_SHARED(name) ::gridstride::SharedParts name
