// Wavefronts of shared memory.
#pragma once

#include <array>
#include <cstdint>

#include "native/emulation/traffic/traffic.h"

namespace gridstride::emulation {

// One access of a warp: where each lane of the mask begins, and how many bytes it wants.
struct WarpAccess {
  uint32_t lanes = 0;
  std::array<uintptr_t, 32> address{};
  std::array<uint32_t, 32> bytes{};
};

// Adds an access to shared memory. Lanes go 32, 16 or 8 at a time, as 4, 8 or 16 bytes of each fit a wavefront.
void add_shared_access(const WarpAccess& access, SharedTraffic& sum);

}  // namespace gridstride::emulation
