// Runs a grid of blocks, one after the other in an order drawn from the seed.
#pragma once

#include <cstdint>
#include <functional>

#include "native/emulation/failure.h"
#include "native/emulation/vector_types.h"

namespace gridstride::emulation {

// Draws the order of blocks and threads; another seed is another order. 1 from the start.
void set_seed(uint64_t seed);

// Throws EmulationError when the configuration is not one a device would launch, or the kernel breaks a rule. `kernel`
// is the kernel's address, for its name. Several host threads take turns.
void launch_grid(dim3 grid, dim3 block, size_t dynamic_bytes, const void* kernel, std::function<void()> body);

}  // namespace gridstride::emulation
