#include "native/core/trace.h"

#include <chrono>

namespace gridstride {

namespace {

int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

std::string shapes_text(const Record& record) {
  std::string text[2];
  for (const Slot& slot : record.slots) {
    std::string& side = text[slot.access != Access::read];
    if (!side.empty()) side += ", ";
    side += std::string(dtype_name(slot.dtype)) + " " + slot.shape.text();
  }
  return text[0] + " -> " + text[1];
}

void Trace::start() {
  std::lock_guard lock(mutex_);
  events_.clear();
  origin_ns_.store(now_ns(), std::memory_order_relaxed);
  on_.store(true, std::memory_order_relaxed);
}

std::vector<TraceEvent> Trace::stop() {
  std::lock_guard lock(mutex_);
  on_.store(false, std::memory_order_relaxed);
  return std::move(events_);
}

double Trace::now_us() const {
  return static_cast<double>(now_ns() - origin_ns_.load(std::memory_order_relaxed)) / 1e3;
}

void Trace::add(const Record& record, const std::string& shapes, double start_us, double end_us) {
  std::lock_guard lock(mutex_);
  if (on()) events_.push_back({record.op, shapes, start_us, end_us, record.cost});
}

}  // namespace gridstride
