// A block of device memory with shared ownership: JavaScript handles, the autograd tape (through handles of its own)
// and queued records each hold a reference. The memory itself is taken by the queue thread when the first record that
// writes it runs (or by who fills it before anyone else knows it, see fill_in_place), and given back when the last
// reference is dropped, on whatever thread that is.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "native/core/allocator.h"
#include "native/core/error.h"

namespace gridstride {

class Device;

// Why an op did not run; shared by every storage it poisoned.
struct Failure {
  Error error;
  std::string js_stack;  // of the op's call, with GRIDSTRIDE_DEBUG=1
};

// How a backend arranged the elements for a kernel of its own, and what led to it: Backend::prepare alone uses it.
struct Arrangement {
  int64_t rows = 0, row_lanes = 0;  // of the matrix that lies in panels, in 32-bit lanes; 0: all elements lie in order
  int64_t panel = 0;                // rows of a panel
  int64_t uses = 0;                 // by the kernel, since anything else touched the storage
  int64_t patience = 2;             // uses before it is arranged
};

class Storage {
 public:
  Storage(Device& device, std::shared_ptr<CachingAllocator> allocator, int64_t bytes)
      : device_(device), allocator_(std::move(allocator)), bytes_(bytes) {}
  ~Storage() {
    if (data_ != nullptr) allocator_->free(data_);
  }
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

  Device& device() const { return device_; }
  int64_t bytes() const { return bytes_; }

  // Takes the memory on the calling thread and returns it: for a storage of a device of host memory that nobody else
  // knows yet, to be filled before it is handed over.
  void* fill_in_place() {
    ensure_allocated();
    return data_;
  }

  // The rest is for the queue thread alone.
  void* data() const { return data_; }
  void ensure_allocated() {
    if (data_ == nullptr && bytes_ > 0) data_ = allocator_->allocate(bytes_);
  }
  const std::shared_ptr<const Failure>& failure() const { return failure_; }
  void poison(std::shared_ptr<const Failure> failure) { failure_ = std::move(failure); }
  Arrangement& arrangement() { return arrangement_; }

 private:
  Device& device_;
  std::shared_ptr<CachingAllocator> allocator_;
  int64_t bytes_;
  void* data_ = nullptr;
  std::shared_ptr<const Failure> failure_;
  Arrangement arrangement_;
};

}  // namespace gridstride
