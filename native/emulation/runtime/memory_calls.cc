// Allocation and copies.
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include "native/emulation/runtime/device.h"

using gridstride::emulation::EmulatedDevice;
using gridstride::emulation::Runtime;
using gridstride::emulation::Work;

cudaError_t cudaMalloc(void** data, size_t bytes) {
  Runtime& runtime = Runtime::instance();
  const std::lock_guard lock(runtime.mutex);
  EmulatedDevice* device = nullptr;
  if (const cudaError_t status = runtime.current(&device); status != cudaSuccess) return status;
  *data = bytes == 0 ? nullptr : device->memory.allocate(bytes);
  return bytes == 0 || *data ? cudaSuccess : cudaErrorMemoryAllocation;
}

// Like CUDA's: waits for everything the device has to do.
cudaError_t cudaFree(void* data) {
  Runtime& runtime = Runtime::instance();
  const std::lock_guard lock(runtime.mutex);
  EmulatedDevice* device = nullptr;
  if (const cudaError_t status = runtime.current(&device); !device) return status;
  if (!data) return device->lost;
  const cudaError_t status = cudaDeviceSynchronize();
  if (!device->memory.free(data)) return runtime.violation("cudaFree of no live allocation of the current device");
  return status;
}

cudaError_t cudaMallocHost(void** data, size_t bytes) {
  Runtime& runtime = Runtime::instance();
  const std::lock_guard lock(runtime.mutex);
  *data = std::aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);
  if (!*data) return cudaErrorMemoryAllocation;
  memset(*data, 0xff, bytes);
  runtime.pinned[static_cast<char*>(*data)] = bytes;
  return cudaSuccess;
}

cudaError_t cudaFreeHost(void* data) {
  Runtime& runtime = Runtime::instance();
  const std::lock_guard lock(runtime.mutex);
  if (data && runtime.pinned.erase(static_cast<char*>(data)) == 0)
    return runtime.violation("cudaFreeHost of no live allocation");
  std::free(data);
  return cudaSuccess;
}

namespace {

// What is wrong with a copy's two ends; empty when nothing is.
std::string fault_of(Runtime& runtime, const EmulatedDevice& device, void* target, const void* source, size_t bytes,
                     cudaMemcpyKind kind) {
  if (kind != cudaMemcpyDeviceToHost && !device.memory.is_inside(target, bytes))
    return "cudaMemcpyAsync writes outside the live allocations";
  if (kind != cudaMemcpyHostToDevice && !device.memory.is_inside(source, bytes))
    return "cudaMemcpyAsync reads outside the live allocations";
  if (kind == cudaMemcpyDeviceToHost && runtime.is_device_address(target))
    return "cudaMemcpyAsync to the host writes device memory";
  if (kind == cudaMemcpyHostToDevice && runtime.is_device_address(source))
    return "cudaMemcpyAsync from the host reads device memory";
  return "";
}

}  // namespace

// Pinned memory is read and written when the stream gets there. Pageable memory is read at the call, or written before
// the call returns, as CUDA does.
cudaError_t cudaMemcpyAsync(void* target, const void* source, size_t bytes, cudaMemcpyKind kind, cudaStream_t stream) {
  Runtime& runtime = Runtime::instance();
  const std::lock_guard lock(runtime.mutex);
  if (!runtime.streams.count(stream)) return cudaErrorInvalidResourceHandle;
  EmulatedDevice& device = runtime.device(stream->device);
  if (device.lost != cudaSuccess) return device.lost;
  if (bytes == 0) return cudaSuccess;
  if (const std::string fault = fault_of(runtime, device, target, source, bytes, kind); !fault.empty())
    return runtime.violation(fault);
  if (kind == cudaMemcpyHostToDevice && !stream->capture && !runtime.is_pinned(source, bytes)) {
    auto snapshot = std::make_shared<std::string>(static_cast<const char*>(source), bytes);
    runtime.add(stream, {Work::Kind::run, [=] { memcpy(target, snapshot->data(), bytes); }});
    return cudaSuccess;
  }
  runtime.add(stream, {Work::Kind::run, [=] { memcpy(target, source, bytes); }});
  if (kind == cudaMemcpyDeviceToHost && !stream->capture && !runtime.is_pinned(target, bytes))
    return cudaStreamSynchronize(stream);
  return cudaSuccess;
}

cudaError_t cudaMemsetAsync(void* data, int value, size_t bytes, cudaStream_t stream) {
  Runtime& runtime = Runtime::instance();
  const std::lock_guard lock(runtime.mutex);
  if (!runtime.streams.count(stream)) return cudaErrorInvalidResourceHandle;
  EmulatedDevice& device = runtime.device(stream->device);
  if (device.lost != cudaSuccess) return device.lost;
  if (bytes == 0) return cudaSuccess;
  if (!device.memory.is_inside(data, bytes))
    return runtime.violation("cudaMemsetAsync writes outside the live allocations");
  runtime.add(stream, {Work::Kind::run, [=] { memset(data, value, bytes); }});
  return cudaSuccess;
}
