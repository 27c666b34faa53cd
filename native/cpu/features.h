// What this machine's processor and system let a process use.
#pragma once

#include "native/cpu/isa.h"

namespace gridstride::cpu {

bool machine_has(Isa isa);
// On AMX the first call asks the system for the tiles' state, which it gives to a process on request only.
bool machine_has(Dot dot);
// Whether the set's products of bf16 beat converting to f32: VDPBF16PS takes two cycles on Intel's cores that have AMX
// beside it (measured: half of what FMA does), which only matters where a virtual machine hides AMX.
bool is_faster_than_f32(Dot dot);

}  // namespace gridstride::cpu
