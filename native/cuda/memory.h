// Owners of device and of pinned host memory.
#pragma once

#include <cstdint>

#include "native/cuda/context.h"

namespace gridstride::cuda {

class DeviceBlock {
 public:
  // Throws Error(kOutOfMemory).
  DeviceBlock(Context& context, int64_t bytes) : context_(context), bytes_(bytes) {
    context.check(cudaMalloc(&data_, static_cast<size_t>(bytes)), "cudaMalloc");
  }
  ~DeviceBlock() {
    if (cudaSetDevice(context_.ordinal()) == cudaSuccess) cudaFree(data_);  // waits for the device
  }
  DeviceBlock(const DeviceBlock&) = delete;
  DeviceBlock& operator=(const DeviceBlock&) = delete;

  void* data() const { return data_; }
  int64_t bytes() const { return bytes_; }

 private:
  Context& context_;
  void* data_ = nullptr;
  int64_t bytes_;
};

class PinnedBlock {
 public:
  // Throws Error(kOutOfMemory).
  PinnedBlock(Context& context, int64_t bytes) {
    context.check(cudaMallocHost(&data_, static_cast<size_t>(bytes)), "cudaMallocHost");
  }
  ~PinnedBlock() { cudaFreeHost(data_); }
  PinnedBlock(const PinnedBlock&) = delete;
  PinnedBlock& operator=(const PinnedBlock&) = delete;

  char* data() const { return static_cast<char*>(data_); }

 private:
  void* data_ = nullptr;
};

}  // namespace gridstride::cuda
