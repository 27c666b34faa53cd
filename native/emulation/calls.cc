#include "native/emulation/calls.h"

#include "native/emulation/block.h"
#include "native/emulation/race/detector.h"
#include "native/emulation/traffic/counter.h"

namespace gridstride::emulation {

uint3 thread_index() { return running_thread().index; }
uint3 block_index() { return block().index(); }
dim3 block_size() { return block().launch().block; }
dim3 grid_size() { return block().launch().grid; }
unsigned lane_index() { return running_thread().lane; }

void* static_shared(const void* key, const char* name, size_t bytes) {
  return block().shared().static_array(key, name, bytes);
}
void* dynamic_shared(size_t part, size_t bytes) { return block().shared().dynamic_part(part, bytes); }

int atomic_add(int* sum, int value) {
  const int before = *sum;
  *sum += value;
  return before;
}
unsigned atomic_add(unsigned* sum, unsigned value) {
  const unsigned before = *sum;
  *sum += value;
  return before;
}

VectorAccess::VectorAccess(const void* p, size_t bytes, bool writes, const Where& where) {
  if (reinterpret_cast<uintptr_t>(p) & (bytes - 1))  // a power of two: a division would take longer than the access
    fail("misaligned access: a vector of " + std::to_string(bytes) + " bytes needs an address aligned to as many",
         where);
  TrafficCounter& counter = traffic_counter();
  if (!counter.is_on()) return;
  Thread& thread = running_thread();
  const auto kind = writes ? TrafficCounter::Kind::write : TrafficCounter::Kind::read;
  counter.access(thread, p, bytes, kind, place_of(where));
  thread.moves_vector = kDetectsRaces;
}
void VectorAccess::end() { running_thread().moves_vector = false; }

}  // namespace gridstride::emulation
