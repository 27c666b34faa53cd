// What compiled kernels call. Kept out of line: kernel files of the race build are instrumented, the emulation is not.
#pragma once

#include <cstddef>
#include <cstdint>

#include "native/emulation/failure.h"
#include "native/emulation/vector_types.h"

namespace gridstride::emulation {

uint3 thread_index();
uint3 block_index();
dim3 block_size();
dim3 grid_size();
unsigned lane_index();

void sync_threads(const Where& where);
void sync_barrier(unsigned id, unsigned threads, const Where& where);
void arrive_barrier(unsigned id, unsigned threads, const Where& where);

void* static_shared(const void* key, const char* name, size_t bytes);
void* dynamic_shared(size_t part, size_t bytes);

int atomic_add(int* sum, int value);
unsigned atomic_add(unsigned* sum, unsigned value);

// An access to a vector, which the constructor checks and counts. While it lives the race build's hooks do not count:
// the compiler may have split the access.
class VectorAccess {
 public:
  VectorAccess(const void* p, size_t bytes, bool writes, const Where& where);
  VectorAccess(const VectorAccess&) = delete;
  VectorAccess& operator=(const VectorAccess&) = delete;
#ifdef __SANITIZE_THREAD__
  ~VectorAccess() { end(); }
#endif

 private:
  void end();
};

}  // namespace gridstride::emulation
