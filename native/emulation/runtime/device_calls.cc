// Devices and errors.
#include <cstdio>
#include <cstring>

#include "native/emulation/runtime/device.h"

using gridstride::emulation::EmulatedDevice;
using gridstride::emulation::kDevices;
using gridstride::emulation::Runtime;

const char* cudaGetErrorString(cudaError_t error) {
  switch (error) {
    case cudaSuccess:
      return "no error";
    case cudaErrorInvalidValue:
      return "invalid argument";
    case cudaErrorMemoryAllocation:
      return "out of memory";
    case cudaErrorInsufficientDriver:
      return "CUDA driver version is insufficient for CUDA runtime version";
    case cudaErrorNoDevice:
      return "no CUDA-capable device is detected";
    case cudaErrorInvalidDevice:
      return "invalid device ordinal";
    case cudaErrorLaunchOutOfResources:
      return "too many resources requested for launch";
    case cudaErrorStreamCaptureUnsupported:
      return "operation not permitted when stream is capturing";
    case cudaErrorStreamCaptureInvalidated:
      return "operation failed due to a previous error during capture";
    case cudaErrorLaunchFailure:
      return Runtime::instance().failure.c_str();  // what the emulation found, where a device knows no more
    default:
      return "unknown error";
  }
}

// Errors of calls are returned where they happen; only a lost device is remembered.
cudaError_t cudaGetLastError() {
  Runtime& runtime = Runtime::instance();
  const std::lock_guard lock(runtime.mutex);
  EmulatedDevice* device = nullptr;
  return runtime.current(&device);
}

cudaError_t cudaGetDeviceCount(int* count) {
  const auto& faults = Runtime::instance().faults;
  *count = 0;
  if (faults.no_driver || faults.old_driver) return cudaErrorInsufficientDriver;
  if (faults.no_device) return cudaErrorNoDevice;
  *count = kDevices;
  return cudaSuccess;
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int ordinal) {
  const Runtime& runtime = Runtime::instance();
  if (ordinal < 0 || ordinal >= kDevices) return cudaErrorInvalidDevice;
  if (ordinal == 0 && runtime.faults.broken_device) return cudaErrorNoDevice;
  *properties = {};
  snprintf(properties->name, sizeof properties->name, "Emulated device %d", ordinal);
  properties->totalGlobalMem = static_cast<size_t>(runtime.faults.memory);
  properties->major = 8;
  properties->multiProcessorCount = 4;
  return cudaSuccess;
}

// The one attribute there is, the clock, means nothing here.
cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr, int) {
  *value = 0;
  return cudaSuccess;
}

cudaError_t cudaDriverGetVersion(int* version) {
  const auto& faults = Runtime::instance().faults;
  *version = faults.no_driver ? 0 : faults.old_driver ? 11040 : 13000;
  return cudaSuccess;
}

cudaError_t cudaSetDevice(int ordinal) {
  if (ordinal < 0 || ordinal >= kDevices) return cudaErrorInvalidDevice;
  Runtime::current_ordinal() = ordinal;
  return cudaSuccess;
}

cudaError_t cudaDeviceSynchronize() {
  Runtime& runtime = Runtime::instance();
  const std::lock_guard lock(runtime.mutex);
  EmulatedDevice* device = nullptr;
  if (const cudaError_t status = runtime.current(&device); !device) return status;
  const auto is_idle = [&] {
    for (const CUstream_st* stream : runtime.streams)
      if (stream->device == Runtime::current_ordinal() && !stream->work.empty()) return false;
    return true;
  };
  if (!runtime.run_until(is_idle)) return runtime.violation("a stream waits for an event that nobody records");
  return device->lost;
}

namespace gridstride::emulation {

bool poses_as_real() { return Runtime::instance().faults.real; }

}  // namespace gridstride::emulation
