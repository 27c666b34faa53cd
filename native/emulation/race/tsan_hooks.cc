// The functions that `-fsanitize=thread` makes kernel files call before each access to memory. ThreadSanitizer's own
// run time is not linked: the accesses go to the race detector.
#ifdef GRIDSTRIDE_EMULATION_RACE

#include <cstddef>
#include <cstdint>

#include "native/emulation/block.h"
#include "native/emulation/race/detector.h"
#include "native/emulation/traffic/counter.h"

namespace {

using namespace gridstride::emulation;

// Registers and locals live on the fibers' stacks: nobody else's business.
void observe(void* p, size_t bytes, bool writes, const void* code) {
  Block& running = block();
  if (!running.running() || running.is_private(p)) return;
  race_detector().access(p, bytes, writes, code);
  const Thread& thread = running_thread();
  if (!traffic_counter().is_on() || thread.moves_vector) return;
  const auto kind = writes ? TrafficCounter::Kind::write : TrafficCounter::Kind::read;
  traffic_counter().access(thread, p, bytes, kind, reinterpret_cast<uint64_t>(code));
}

void observe_aligned(void* p, size_t bytes, bool writes, const void* code) {
  if (block().running() && reinterpret_cast<uintptr_t>(p) % bytes != 0)
    fail("misaligned access of " + std::to_string(bytes) + " bytes at " +
         name_of_code(static_cast<const char*>(code) - 1));
  observe(p, bytes, writes, code);
}

}  // namespace

#define GS_HOOKS(bytes)                                                                                 \
  void __tsan_read##bytes(void* p) { observe_aligned(p, bytes, false, __builtin_return_address(0)); }   \
  void __tsan_write##bytes(void* p) { observe_aligned(p, bytes, true, __builtin_return_address(0)); }   \
  void __tsan_unaligned_read##bytes(void* p) { observe(p, bytes, false, __builtin_return_address(0)); } \
  void __tsan_unaligned_write##bytes(void* p) { observe(p, bytes, true, __builtin_return_address(0)); }

extern "C" {
GS_HOOKS(1)
GS_HOOKS(2)
GS_HOOKS(4)
GS_HOOKS(8)
GS_HOOKS(16)
void __tsan_read_range(void* p, size_t bytes) { observe(p, bytes, false, __builtin_return_address(0)); }
void __tsan_write_range(void* p, size_t bytes) { observe(p, bytes, true, __builtin_return_address(0)); }
void __tsan_func_entry(void*) {}
void __tsan_func_exit() {}
void __tsan_init() {}
void __tsan_vptr_update(void*, void*) {}
void __tsan_vptr_read(void*) {}
}

#endif
