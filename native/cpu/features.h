// What this machine's processor and system let a process use.
#pragma once

#include "native/cpu/isa.h"

namespace gridstride::cpu {

bool machine_has(Isa isa);
// On AMX the first call asks the system for the tiles' state, which it gives to a process on request only.
bool machine_has(Dot dot);

}  // namespace gridstride::cpu
