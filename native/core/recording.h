// A recorded list of records that can be run again without JavaScript: every storage it touches stays with it, so a
// replay allocates nothing and writes where the capture wrote. New inputs are written into the captured input tensors
// first; per-step scalars are read from device memory by the ops themselves. The first replay runs op by op; where the
// device has graphs, the next ones are one launch of a graph, as long as nothing failed and nobody traces.
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
  // Queues so many runs, each after a run of `wipe` (null: none), which is to leave the caches cold. `done` gets, on
  // the queue thread, the milliseconds of each by the device's clock, or the failure. Throws as replay().
  using Timed = std::function<void(const std::vector<double>&, const std::shared_ptr<const Failure>&)>;
  void time(int64_t runs, std::shared_ptr<Recording> wipe, Timed done);

 private:
  void run();  // on the queue thread, like the three below
  bool run_each();
  bool is_healthy() const;
  void capture();

  Device& device_;
  std::vector<Record> records_;  // the queue thread's own once closed
  std::unique_ptr<Backend::Graph> graph_;
  bool may_capture_ = true;
  bool is_closed_ = false;
};

}  // namespace gridstride
