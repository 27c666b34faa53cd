// Trace of executed ops: one event per launch while tracing is on; off, one relaxed load per op.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "native/core/record.h"

namespace gridstride {

struct TraceEvent {
  OpId op;
  std::string shapes;  // "f32 (2, 3), f32 (3) -> f32 (2, 3)"
  double start_us;     // since tracing began
  double end_us;
  Cost cost;
};

class Trace {
 public:
  bool on() const { return on_.load(std::memory_order_relaxed); }
  void start();
  std::vector<TraceEvent> stop();
  double now_us() const;
  void add(const Record& record, const std::string& shapes, double start_us, double end_us);

 private:
  std::atomic<bool> on_{false};
  std::atomic<int64_t> origin_ns_{0};
  std::mutex mutex_;
  std::vector<TraceEvent> events_;
};

// The slots of a record as text: inputs, an arrow, outputs.
std::string shapes_text(const Record& record);

}  // namespace gridstride
