// A recorded list of records that can be run again without JavaScript: every storage it touches stays with it, so a
// replay allocates nothing and writes where the capture wrote. New inputs are written into the captured input tensors
// first; per-step scalars are read from device memory by the ops themselves.
#pragma once

#include <memory>
#include <vector>

#include "native/core/record.h"

namespace gridstride {

class Device;

class Recording : public std::enable_shared_from_this<Recording> {
 public:
  explicit Recording(Device& device) : device_(device) {}

  Device& device() const { return device_; }
  // Throws Error(kUnsupportedOp) for what cannot be replayed (a read, a host call), Error(kDevice) for another device.
  void check(const Device& device, const Record& record) const;
  void add(Record record);
  // No more records come: from now on it may be replayed.
  void close() { is_closed_ = true; }
  size_t size() const { return records_.size(); }
  // Queues one run of the whole list; throws Error(kUnsupportedOp) before close(), Error(kQueueFull).
  void replay();

 private:
  Device& device_;
  std::vector<Record> records_;  // the queue thread's own once closed
  bool is_closed_ = false;
};

}  // namespace gridstride
