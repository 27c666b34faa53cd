// Finds and opens the CUDA library (or what GRIDSTRIDE_CUDA_BACKEND names) once, on first use, and makes Backends of
// its devices. Never throws while looking: what is missing is said by `reason`.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "native/core/backend.h"
#include "native/core/backend_abi.h"

namespace gridstride {

struct CudaDevice {
  GsDeviceInfo info{};
  std::string reason;  // why it cannot be used; empty when it can
};

struct CudaLibrary {
  const GsBackend* table = nullptr;
  std::string path;                 // of the library looked for
  std::string reason;               // why there is no usable device; empty when there is one
  std::vector<CudaDevice> devices;  // by ordinal
};

// Opened under call_once, never closed.
const CudaLibrary& cuda_library();
// Opens a library by path, for tests of the loader.
CudaLibrary open_cuda_library(const std::string& path);

// A backend that drives device `ordinal` through the table; throws Error.
std::unique_ptr<Backend> make_cuda_backend(const CudaLibrary& library, int32_t ordinal);

}  // namespace gridstride
