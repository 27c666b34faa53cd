// What this machine reaches at best: the ceilings that benches put their figures beside.
#pragma once

#include "native/cpu/isa.h"

namespace gridstride::cpu {

struct Ceiling {
  double flops;             // f32 multiply-adds per second, counted as 2 each, of all threads
  double bytes_per_second;  // copying a block far larger than any cache: bytes read plus bytes written
};

// Takes about half a second on `threads` threads of its own. `isa` is not Isa::reference. Throws Error(kOutOfMemory).
Ceiling measure_ceiling(Isa isa, int threads);

}  // namespace gridstride::cpu
