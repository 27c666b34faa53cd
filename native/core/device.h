// A device: its backend, its allocator and its queue. Devices live as long as the process.
#pragma once

#include <memory>
#include <string>

#include "native/core/allocator.h"
#include "native/core/queue.h"
#include "native/core/storage.h"

namespace gridstride {

class Device {
 public:
  Device(std::string name, std::unique_ptr<Backend> backend, Trace& trace)
      : name_(std::move(name)),
        backend_(std::move(backend)),
        allocator_(std::make_shared<CachingAllocator>(*backend_)),
        queue_(*backend_, trace) {}

  const std::string& name() const { return name_; }
  Backend& backend() { return *backend_; }
  CachingAllocator& allocator() { return *allocator_; }
  Queue& queue() { return queue_; }

  std::shared_ptr<Storage> new_storage(int64_t bytes) { return std::make_shared<Storage>(*this, allocator_, bytes); }

 private:
  std::string name_;
  std::unique_ptr<Backend> backend_;
  std::shared_ptr<CachingAllocator> allocator_;
  Queue queue_;
};

}  // namespace gridstride
