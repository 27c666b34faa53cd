// Where a key begins among sorted ones.
#pragma once

#include "kernels/common/platform.cuh"

namespace gridstride {

// The first of `count` sorted keys that is not below `key`.
__device__ __forceinline__ uint32_t first_of_key(const uint32_t* keys, uint32_t count, uint32_t key) {
  uint32_t low = 0, high = count;
  while (low < high) {
    const uint32_t middle = low + (high - low) / 2;
    if (keys[middle] < key)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

}  // namespace gridstride
