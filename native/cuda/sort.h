// Sorts 32-bit keys on the device, stably, with the positions they came from.
#pragma once

#include <cstdint>

#include "native/cuda/run.h"

namespace gridstride::cuda {

struct SortedKeys {
  const uint32_t* keys;
  const uint32_t* positions;
};

// Device memory that sorting takes; the unsorted keys lie at its start. A multiple of 256.
int64_t sort_bytes(int64_t count);

// `count` is at least 1 and below 2^31, no key is above `largest`.
SortedKeys sort_keys(const char* op, void* memory, int64_t count, uint32_t largest, Run& run);

}  // namespace gridstride::cuda
