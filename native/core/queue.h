// The ordered queue of one device: any thread submits, one host thread executes. Run-ahead is bounded in ops and in
// bytes of memory that queued ops will newly take.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "native/core/backend.h"
#include "native/core/record.h"
#include "native/core/trace.h"

namespace gridstride {

struct QueueBounds {
  int64_t max_ops = 16384;
  int64_t max_bytes = int64_t{4} << 30;
};

class Queue {
 public:
  using Done = std::function<void(const std::shared_ptr<const Failure>&)>;

  Queue(Backend& backend, Trace& trace) : backend_(backend), trace_(trace) {}
  ~Queue() { stop(); }

  // Throws Error(kQueueFull) for a launch, upload or replay past the bound; reads and other host records always pass.
  void submit(Record record);
  // Calls `done` on the queue thread once less than half of the bound is queued; at once when that is so already.
  void when_ready(Done done);
  // Calls `done` once everything submitted before has run, with the first failure since the last sync.
  void sync(Done done);
  void set_bounds(QueueBounds bounds);
  int64_t pending_ops() const { return pending_ops_.load(std::memory_order_relaxed); }
  // Ends the thread after the record it is in; what is queued is dropped. The next submit starts it again. Never on the
  // queue thread, and not twice at once.
  void stop();

  // For replay, on the queue thread. `execute` runs a record now, but not its `finish`, and returns why it did not run,
  // or null. `run` throws instead, and looks at no failures; `poison` leaves its outputs failed.
  std::shared_ptr<const Failure> execute(Record& record);
  void run(Record& record);
  void poison(Record& record, std::shared_ptr<const Failure> failure);
  bool is_traced() const { return trace_.on(); }

 private:
  void start_thread();  // under mutex_
  void loop();
  void run_untraced(Record& record);
  void run_traced(Record& record);
  void run_launch(Record& record);
  void run_copy(Record& record);
  void finish(const Done& done, const std::shared_ptr<const Failure>& failure);
  std::shared_ptr<const Failure> failed_input(const Record& record) const;
  bool below_half() const;
  void notify_ready();

  Backend& backend_;
  Trace& trace_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Record> pending_;
  std::vector<Done> ready_waiters_;
  QueueBounds bounds_;
  bool stopping_ = false;
  bool sleeping_ = false;
  int64_t deepest_ = 0;  // since it was last empty; queue thread only
  std::thread thread_;
  std::atomic<int64_t> pending_ops_{0};
  std::atomic<int64_t> pending_bytes_{0};
  std::shared_ptr<const Failure> first_failure_;  // queue thread only
};

}  // namespace gridstride
