// The one engine of a process: devices, trace and task threads, shared by all environments (the main thread and
// workers).
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "native/core/device.h"
#include "native/core/recording.h"
#include "native/core/task_pool.h"
#include "native/core/trace.h"

namespace gridstride {

class Engine {
 public:
  // Never destroyed: storages and queues may outlive static destructors.
  static Engine& instance();

  // "cpu", "cuda", "cuda:1" or "auto" (a working GPU, else the CPU, never the emulation); throws Error(kDevice).
  // "cpu:reference", "cpu:avx2" ... are devices of one instruction set each, so that tests and benches compare in one
  // run.
  Device& device(const std::string& name);
  Device& cpu() { return device("cpu"); }
  Trace& trace() { return trace_; }
  TaskPool& tasks() { return tasks_; }

  // Compute threads of the CPU device, from the next op on; throws Error(kConfig).
  void set_cpu_threads(int threads);
  int cpu_threads() const { return cpu_threads_.load(std::memory_order_relaxed); }
  // Queue bounds of every device, also those opened later.
  void set_bounds(QueueBounds bounds);
  QueueBounds bounds() const;

  // Environments come and go; when the last one leaves, all threads end and queued work is dropped.
  void enter();
  void leave();
  // Ends all threads and drops what is queued; the next op starts them again.
  void stop();

 private:
  Engine() = default;
  Device& open(const std::string& name);
  void stop_queues();

  Trace trace_;
  TaskPool tasks_;
  std::mutex life_;  // taken before mutex_
  int environments_ = 0;
  mutable std::mutex mutex_;  // devices and bounds; never held while a thread is waited for
  std::map<std::string, std::unique_ptr<Device>> devices_;
  QueueBounds bounds_;
  std::atomic<int> cpu_threads_{0};  // 0 until the CPU device is open
};

// The recording that ops of the calling thread go to, or null.
extern thread_local Recording* current_recording;

}  // namespace gridstride
