// What a CUDA launcher gets beside its Args.
#pragma once

#include <cstdint>
#include <string>

#include "kernels/common/faults.h"
#include "native/core/error.h"
#include "native/cuda/runtime.h"

namespace gridstride::cuda {

struct Run {
  cudaStream_t stream;
  int multiprocessors;  // of the device: how many blocks it takes to fill it
  // Device memory of at least `bytes`, 256-byte aligned, for the kernels of one pass: a second call makes the first
  // invalid. Throws Error(kOutOfMemory), after which the pass may be started anew: it is asked for before the first
  // launch.
  void* (*scratch)(void* owner, int64_t bytes);
  void* scratch_owner;
  FaultSink faults;  // of the pass

  void* workspace(int64_t bytes) const { return scratch(scratch_owner, bytes); }
};

// Throws Error(kCuda) when a launch of `op` was refused.
inline void check_launch(const char* op, cudaError_t status) {
  if (status != cudaSuccess)
    throw Error(ErrorCode::kCuda, std::string(op) + ": the kernel must start, got " + cudaGetErrorString(status));
}

}  // namespace gridstride::cuda
