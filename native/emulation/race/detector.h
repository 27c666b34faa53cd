// Finds races, uninitialised reads, accesses out of bounds and to the host's memory from one run, whatever its order:
// two accesses to a byte, one of them a write, must be ordered by a barrier or a __syncwarp between them. Between
// blocks of a launch nothing orders. Exact but for the reads kept per byte (see ByteHistory), so it may miss a race and
// never invents one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "native/emulation/race/clocks.h"
#include "native/emulation/race/shadow.h"
#include "native/emulation/thread.h"

namespace gridstride::emulation {

#ifdef GRIDSTRIDE_EMULATION_RACE
inline constexpr bool kDetectsRaces = true;
#else
inline constexpr bool kDetectsRaces = false;
#endif

class RaceDetector {
 public:
  void start_launch() { shadow_.clear(); }
  void start_block(unsigned threads);

  // Sees no access until it is to look again.
  void rest(bool rests) { rests_ = rests; }

  // What the thread did so far goes into `gathered`; what is gathered becomes known to the thread.
  void release(const Thread& thread, KnownClocks& gathered);
  void acquire(const Thread& thread, const KnownClocks& gathered);
  void pass_full_barrier();

  // Accesses by compiled code at `code`, and by an operation of the emulation on behalf of `thread`.
  void access(const void* p, size_t bytes, bool writes, const void* code);
  void access(const Thread& thread, const void* p, size_t bytes, bool writes, const Where& where);
  void start_async_write(const void* p, size_t bytes, const Where& where);
  void finish_async_write(const void* p, size_t bytes);

 private:
  Access describe(const Thread& thread, uint32_t place) const;
  uint32_t place_of(const Where& where);
  std::string text_of_place(uint32_t place) const;
  void check(const void* p, size_t bytes, bool writes, const Access& now);
  bool races(const Access& before, const Access& now, bool is_shared) const;
  void note_read(ByteHistory& history, const Access& now, bool is_shared) const;
  [[noreturn]] void report(const char* what, const void* p, const Access& now, const Access* before, bool before_writes,
                           bool writes) const;

  bool rests_ = false;
  Shadow shadow_;
  uint32_t block_ = 0, epoch_ = 0;
  std::vector<KnownClocks> known_;
  std::vector<uint32_t> clocks_;
  std::vector<Where> places_;
};

RaceDetector& race_detector();

}  // namespace gridstride::emulation
