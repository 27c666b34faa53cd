// One device of the process: its properties, and the failure that ended it, if one did. An error that CUDA keeps
// (an illegal address, a lost device) poisons the context: every later call says so at once.
#pragma once

#include <mutex>
#include <string>

#include "native/core/backend_abi.h"
#include "native/cuda/runtime.h"

namespace gridstride::cuda {

// Throws Error(kDevice) that says what is missing: no driver, a driver too old, no device.
int count_devices();
GsDeviceInfo device_info(int ordinal);

class Context {
 public:
  // Never destroyed. Throws Error(kDevice).
  static Context& of(int ordinal);

  int ordinal() const { return ordinal_; }
  int multiprocessors() const { return multiprocessors_; }

  // Makes the device the calling thread's; throws Error(kCuda) when the context is poisoned.
  void enter();
  // Throws Error: kOutOfMemory for memory, else kCuda with the text `what: ...`.
  void check(cudaError_t status, const char* what);

 private:
  explicit Context(int ordinal);
  [[noreturn]] void throw_poisoned(const std::string& why) const;

  int ordinal_;
  int multiprocessors_;
  std::mutex mutex_;
  std::string poison_;  // the first fatal failure
};

}  // namespace gridstride::cuda
