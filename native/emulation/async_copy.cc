#include "native/emulation/async_copy.h"

#include <cstring>

#include "native/emulation/block.h"
#include "native/emulation/race/detector.h"
#include "native/emulation/traffic/counter.h"

namespace gridstride::emulation {

void AsyncCopies::copy(char* target, const void* source, int bytes, int valid, const Where& where) {
  const auto aligned = [&](const void* p) { return reinterpret_cast<uintptr_t>(p) % static_cast<size_t>(bytes) == 0; };
  const std::string size = std::to_string(bytes);
  if (bytes != 4 && bytes != 8 && bytes != 16) fail("cp.async copies 4, 8 or 16 bytes, got " + size, where);
  if (valid < 0 || valid > bytes)
    fail("cp.async reads 0 to " + size + " bytes of its source, got " + std::to_string(valid), where);
  if (!aligned(target) || (valid > 0 && !aligned(source)))
    fail("cp.async of " + size + " bytes needs addresses aligned to as many", where);
  const std::string fault = block().shared().fault(target, static_cast<size_t>(bytes));
  if (!fault.empty()) fail("cp.async: " + fault, where);
  if (kDetectsRaces) race_detector().start_async_write(target, static_cast<size_t>(bytes), where);
  if (traffic_counter().is_on()) count(target, source, bytes, valid, where);
  // The source must exist and stay as it is from here on: touching it lets AddressSanitizer name this line, not the
  // wait's.
  for (int i = 0; i < valid; ++i) static_cast<void>(static_cast<const volatile char*>(source)[i]);
  memset(target, 0xff, static_cast<size_t>(bytes));
  observe_source(open_.emplace_back(Copy{target, source, bytes, valid, where}));
}

void AsyncCopies::commit() {
  groups_.push_back(std::move(open_));
  open_.clear();
}

void AsyncCopies::wait(size_t groups) {
  while (groups_.size() > groups) {
    for (const Copy& copy : groups_.front()) complete(copy);
    groups_.erase(groups_.begin());
  }
}

bool AsyncCopies::idle() const {
  for (const auto& group : groups_)
    if (!group.empty()) return false;
  return open_.empty();
}

void AsyncCopies::clear() {
  open_.clear();
  groups_.clear();
}

void AsyncCopies::count(const char* target, const void* source, int bytes, int valid, const Where& where) {
  const Thread& thread = running_thread();
  const uint64_t place = place_of(where);
  TrafficCounter& counter = traffic_counter();
  counter.access(thread, source, static_cast<size_t>(valid), TrafficCounter::Kind::read, place);
  counter.access(thread, target, static_cast<size_t>(bytes), TrafficCounter::Kind::async_copy, place);
}

// The copy may read at any time between its start and its wait: it counts as a read at both.
void AsyncCopies::observe_source(const Copy& copy) {
  if (!kDetectsRaces) return;
  race_detector().access(running_thread(), copy.source, static_cast<size_t>(copy.valid), false, copy.where);
}

void AsyncCopies::complete(const Copy& copy) {
  observe_source(copy);
  memcpy(copy.target, copy.source, static_cast<size_t>(copy.valid));
  memset(copy.target + copy.valid, 0, static_cast<size_t>(copy.bytes - copy.valid));
  if (kDetectsRaces) race_detector().finish_async_write(copy.target, static_cast<size_t>(copy.bytes));
}

}  // namespace gridstride::emulation
