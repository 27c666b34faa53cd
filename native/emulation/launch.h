// Runs a grid of blocks, one after the other in an order drawn from the seed.
#pragma once

#include <cstddef>
#include <cstdint>

#include "native/emulation/failure.h"
#include "native/emulation/vector_types.h"

namespace gridstride::emulation {

// What each thread runs, a function object that outlives the launch. The kernel's arguments are copied from within it:
// reading them is no access to memory.
struct Body {
  const void* object;
  size_t bytes;
  void (*call)(const void* object);

  template <class Function>
  static Body of(const Function& function) {
    return {&function, sizeof(function), [](const void* object) { (*static_cast<const Function*>(object))(); }};
  }
};

// Draws the order of blocks and threads; another seed is another order. 1 from the start.
void set_seed(uint64_t seed);

// What this build looks at beside results: addresses, or each access of a kernel. What it finds, it finds in any order.
enum class Variant { fast, sanitized, race };
Variant variant();

// Throws EmulationError when the configuration is not one a device would launch, or the kernel breaks a rule. `kernel`
// is the kernel's address, for its name. Several host threads take turns.
void launch_grid(dim3 grid, dim3 block, size_t dynamic_bytes, const void* kernel, Body body);

}  // namespace gridstride::emulation
