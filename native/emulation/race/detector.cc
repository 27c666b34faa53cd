#include "native/emulation/race/detector.h"

#include <dlfcn.h>

#include "native/emulation/block.h"
#include "native/emulation/host_memory.h"

namespace gridstride::emulation {

namespace {

// A place is an offset into this library's code, or with the top bit set the number of a source line.
constexpr uint32_t kIsLine = 0x80000000u;

const char* code_base() {
  static const char* base = [] {
    Dl_info info{};
    dladdr(reinterpret_cast<const void*>(&race_detector), &info);
    return static_cast<const char*>(info.dli_fbase);
  }();
  return base;
}

}  // namespace

RaceDetector& race_detector() {
  static RaceDetector one;
  return one;
}

void RaceDetector::start_block(unsigned threads) {
  ++block_;
  epoch_ = 0;
  known_.assign(threads, {});
  clocks_.assign(threads, 1);
}

void RaceDetector::release(const Thread& thread, KnownClocks& gathered) {
  known_[thread.linear].raise(thread.linear, clocks_[thread.linear]++);
  gathered.join(known_[thread.linear]);
}

void RaceDetector::acquire(const Thread& thread, const KnownClocks& gathered) { known_[thread.linear].join(gathered); }

void RaceDetector::pass_full_barrier() {
  ++epoch_;
  for (KnownClocks& known : known_) known.clear();
}

Access RaceDetector::describe(const Thread& thread, uint32_t place) const {
  return {block_, place, clocks_[thread.linear], epoch_, static_cast<uint16_t>(thread.linear)};
}

uint32_t RaceDetector::place_of(const Where& where) {
  for (size_t i = 0; i < places_.size(); ++i)
    if (places_[i].line() == where.line() && places_[i].file_name() == where.file_name())
      return kIsLine | static_cast<uint32_t>(i);
  places_.push_back(where);
  return kIsLine | static_cast<uint32_t>(places_.size() - 1);
}

std::string RaceDetector::text_of_place(uint32_t place) const {
  if (place & kIsLine) return text_of(places_[place & ~kIsLine]);
  return name_of_code(code_base() + place - 1);  // a return address: the call before it is what was executed
}

void RaceDetector::access(const void* p, size_t bytes, bool writes, const void* code) {
  const auto place = static_cast<uint32_t>(static_cast<const char*>(code) - code_base());
  check(p, bytes, writes, describe(running_thread(), place));
}

void RaceDetector::access(const Thread& thread, const void* p, size_t bytes, bool writes, const Where& where) {
  check(p, bytes, writes, describe(thread, place_of(where)));
}

void RaceDetector::start_async_write(const void* p, size_t bytes, const Where& where) {
  if (rests_) return;
  access(running_thread(), p, bytes, true, where);
  for (size_t i = 0; i < bytes; ++i) shadow_.of(static_cast<const char*>(p) + i).is_pending = true;
}

void RaceDetector::finish_async_write(const void* p, size_t bytes) {
  if (rests_) return;
  for (size_t i = 0; i < bytes; ++i) {
    ByteHistory& history = shadow_.of(static_cast<const char*>(p) + i);
    history.is_pending = false;
    history.write = describe(running_thread(), history.write.place);
  }
}

bool RaceDetector::races(const Access& before, const Access& now, bool is_shared) const {
  if (before.block == 0) return false;
  if (before.block != block_) return !is_shared;  // shared memory died with its block
  if (before.epoch < epoch_ || before.thread == now.thread) return false;
  return known_[now.thread].of(before.thread) < before.clock;
}

void RaceDetector::note_read(ByteHistory& history, const Access& now, bool is_shared) const {
  for (Access& read : history.reads) {
    if (races(read, now, is_shared)) continue;
    read = now;
    return;
  }
  const auto same_warp = [](const Access& a, const Access& b) {
    return a.block == b.block && a.thread / 32 == b.thread / 32;
  };
  if (same_warp(history.reads[0], history.reads[1])) history.reads[1] = now;
}

void RaceDetector::check(const void* p, size_t bytes, bool writes, const Access& now) {
  if (rests_) return;
  const bool is_shared = block().shared().contains(p);
  if (is_shared) {
    const std::string fault = block().shared().fault(p, bytes);
    if (!fault.empty()) report(fault.c_str(), nullptr, now, nullptr, false, writes);
  } else if (shadow_.is_new(p) && host_memory().contains(p)) {
    report("access to the host's memory", nullptr, now, nullptr, false, writes);
  }
  for (size_t i = 0; i < bytes; ++i) {
    const char* at = static_cast<const char*>(p) + i;
    ByteHistory& history = shadow_.of(at);
    const bool is_written = history.write.block == block_;
    if (is_shared && history.is_pending && is_written)
      report("access before cp.async has finished", at, now, &history.write, true, writes);
    if (is_shared && !writes && !is_written) report("read of uninitialised memory", at, now, nullptr, false, false);
    if (races(history.write, now, is_shared)) report("race", at, now, &history.write, true, writes);
    if (!writes) {
      note_read(history, now, is_shared);
      continue;
    }
    for (const Access& read : history.reads)
      if (races(read, now, is_shared)) report("race", at, now, &read, false, true);
    history = {now, {}, false};
  }
}

void RaceDetector::report(const char* what, const void* p, const Access& now, const Access* before, bool before_writes,
                          bool writes) const {
  std::string text = what;
  if (p) text += block().shared().contains(p) ? " in shared memory" : " in global memory";
  if (p) text += block().shared().place_of(p);
  text += std::string(": ") + (writes ? "write" : "read") + " by thread " + std::to_string(now.thread) + " at " +
          text_of_place(now.place);
  if (before)
    text += std::string(", after a ") + (before_writes ? "write" : "read") + " by thread " +
            std::to_string(before->thread) + (before->block == block_ ? "" : " of another block") + " at " +
            text_of_place(before->place);
  fail(text);
}

}  // namespace gridstride::emulation
