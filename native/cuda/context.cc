#include "native/cuda/context.h"

#include <cstdio>
#include <map>
#include <memory>

#include "native/core/error.h"

namespace gridstride::cuda {

namespace {

std::string version_text(int version) {
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

std::string reason_of(cudaError_t status) {
  int driver = 0;
  cudaDriverGetVersion(&driver);
  if (driver == 0) return "no NVIDIA driver was found";
  if (status == cudaErrorInsufficientDriver) return "the NVIDIA driver is too old: CUDA " + version_text(driver);
  if (status == cudaErrorNoDevice) return "no CUDA device was found";
  return std::string("CUDA cannot be used: ") + cudaGetErrorString(status);
}

bool is_emulation() {
#ifdef GRIDSTRIDE_EMULATION
  return !emulation::poses_as_real();
#else
  return false;
#endif
}

}  // namespace

int count_devices() {
  int count = 0;
  const cudaError_t status = cudaGetDeviceCount(&count);
  if (status == cudaSuccess) return count;
  cudaGetLastError();
  throw Error(ErrorCode::kDevice, reason_of(status));
}

GsDeviceInfo device_info(int ordinal) {
  cudaDeviceProp properties{};
  if (const cudaError_t status = cudaGetDeviceProperties(&properties, ordinal); status != cudaSuccess) {
    cudaGetLastError();
    throw Error(ErrorCode::kDevice, std::string("its properties cannot be read: ") + cudaGetErrorString(status));
  }
  if (properties.major < 8)
    throw Error(ErrorCode::kDevice, std::string(properties.name) + " has compute capability " +
                                        std::to_string(properties.major) + "." + std::to_string(properties.minor) +
                                        ", 8.0 is the least");
  GsDeviceInfo info{};
  snprintf(info.name, sizeof info.name, "%s", properties.name);
  info.capability_major = properties.major;
  info.capability_minor = properties.minor;
  info.multiprocessors = properties.multiProcessorCount;
  cudaDeviceGetAttribute(&info.clock_khz, cudaDevAttrClockRate, ordinal);
  cudaDriverGetVersion(&info.driver_version);
  info.memory_bytes = static_cast<int64_t>(properties.totalGlobalMem);
  info.is_emulation = is_emulation();
  return info;
}

Context& Context::of(int ordinal) {
  static std::mutex mutex;
  static auto* contexts = new std::map<int, std::unique_ptr<Context>>();
  const std::lock_guard lock(mutex);
  auto& context = (*contexts)[ordinal];
  if (!context) context.reset(new Context(ordinal));
  return *context;
}

Context::Context(int ordinal) : ordinal_(ordinal), multiprocessors_(device_info(ordinal).multiprocessors) {}

void Context::enter() {
  {
    const std::lock_guard lock(mutex_);
    if (!poison_.empty()) throw_poisoned(poison_);
  }
  check(cudaSetDevice(ordinal_), "cudaSetDevice");
}

void Context::check(cudaError_t status, const char* what) {
  if (status == cudaSuccess) return;
  const std::string text = cudaGetErrorString(status);
  cudaGetLastError();  // forgets an error that is only this call's
  if (status == cudaErrorMemoryAllocation)
    throw Error(ErrorCode::kOutOfMemory, std::string(what) + ": the device has no memory left");
  if (cudaFree(nullptr) == cudaSuccess) throw Error(ErrorCode::kCuda, std::string(what) + ": " + text);
  const std::lock_guard lock(mutex_);
  if (poison_.empty()) poison_ = std::string(what) + ": " + text;
  throw_poisoned(poison_);
}

void Context::throw_poisoned(const std::string& why) const {
  throw Error(ErrorCode::kCuda, "cuda:" + std::to_string(ordinal_) +
                                    ": the device stopped working and this process can use it no more: " + why);
}

}  // namespace gridstride::cuda
