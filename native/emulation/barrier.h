// The block's sixteen barriers: __syncthreads is barrier 0 with all threads, bar.sync and bar.arrive name one and say
// how many threads take part.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "native/emulation/race/clocks.h"
#include "native/emulation/thread.h"

namespace gridstride::emulation {

class Barrier {
 public:
  // The calling thread arrives, as one of `expected`, and waits for the others unless it only signals.
  void arrive(unsigned expected, bool waits, const char* name, const Where& where);
  // Whether threads wait here.
  bool is_open() const { return arrived_ > 0; }
  void reset();

 private:
  void complete();

  unsigned arrived_ = 0, expected_ = 0;
  std::vector<Thread*> waiting_;
  KnownClocks gathered_;  // what those who arrived had done, for the race detector
};

void sync_threads(const Where& where);
void sync_barrier(unsigned id, unsigned threads, const Where& where);
void arrive_barrier(unsigned id, unsigned threads, const Where& where);

}  // namespace gridstride::emulation
