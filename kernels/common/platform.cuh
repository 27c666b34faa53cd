// The one place that knows whether nvcc or the emulation compiles a kernel file: qualifiers, shared memory, launch.
//   SHARED_ARRAY(float, sums, 32);                      an array in shared memory
//   DYN_SHARED(shared);                                 dynamic shared memory, cut into parts:
//   float* tile = shared.take<float>(64 * 32);          parts come in the order SharedSize added them
//   launch(stream, grid, block, SharedSize().add<float>(64 * 32).bytes(), kernel, args...);
#pragma once

#include <cstddef>
#include <cstdint>

#ifdef GRIDSTRIDE_EMULATION
#include "native/emulation/cuda.h"
#else
#include <cuda_runtime.h>
#endif

namespace gridstride {

constexpr size_t kSharedAlignment = 128;  // of every part of dynamic shared memory

// Bytes of dynamic shared memory for the parts a kernel takes.
class SharedSize {
 public:
  template <class T>
  SharedSize& add(int64_t count) {
    bytes_ += (sizeof(T) * static_cast<size_t>(count) + kSharedAlignment - 1) / kSharedAlignment * kSharedAlignment;
    return *this;
  }
  size_t bytes() const { return bytes_; }

 private:
  size_t bytes_ = 0;
};

}  // namespace gridstride

#ifdef GRIDSTRIDE_EMULATION

namespace gridstride {

template <class... Parameters, class... Arguments>
cudaError_t launch(cudaStream_t stream, dim3 grid, dim3 block, size_t shared_bytes, void (*kernel)(Parameters...),
                   Arguments... arguments) {
  const auto body = [=] { kernel(arguments...); };
  return emulation::launch_on(stream, [=] {
    emulation::launch_grid(grid, block, shared_bytes, reinterpret_cast<const void*>(kernel), emulation::Body::of(body));
  });
}

}  // namespace gridstride

#else

#define SHARED_ARRAY(T, name, count) __shared__ T name[count]
#define DYN_SHARED(name)                                              \
  extern __shared__ __align__(128) unsigned char gs_dynamic_shared[]; \
  ::gridstride::SharedParts name(gs_dynamic_shared)

namespace gridstride {

class SharedParts {
 public:
  __device__ __forceinline__ explicit SharedParts(unsigned char* first) : next_(first) {}
  template <class T>
  __device__ __forceinline__ T* take(int count) {
    T* part = reinterpret_cast<T*>(next_);
    next_ += (sizeof(T) * count + kSharedAlignment - 1) / kSharedAlignment * kSharedAlignment;
    return part;
  }

 private:
  unsigned char* next_;
};

template <class... Parameters, class... Arguments>
cudaError_t launch(cudaStream_t stream, dim3 grid, dim3 block, size_t shared_bytes, void (*kernel)(Parameters...),
                   Arguments&&... arguments) {
  if (shared_bytes > 48 * 1024) {
    const cudaError_t status =
        cudaFuncSetAttribute(reinterpret_cast<const void*>(kernel), cudaFuncAttributeMaxDynamicSharedMemorySize,
                             static_cast<int>(shared_bytes));
    if (status != cudaSuccess) return status;
  }
  cudaLaunchConfig_t config{};
  config.gridDim = grid;
  config.blockDim = block;
  config.dynamicSmemBytes = shared_bytes;
  config.stream = stream;
  return cudaLaunchKernelEx(&config, kernel, static_cast<Parameters>(arguments)...);
}

}  // namespace gridstride

#endif
