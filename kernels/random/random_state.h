// The random state of a device, i64 (2): seed, base offset. `set` writes both; `advance` adds to the base offset and
// ends a step, so that the next one (replayed or not) draws new numbers.
#pragma once

#include <cstdint>

namespace gridstride {

struct RandomStateSetArgs {
  int64_t* state;  // (2)
  int64_t seed;
  int64_t offset;
};

struct RandomStateAdvanceArgs {
  int64_t* state;  // (2)
  int64_t counters;
};

}  // namespace gridstride
