// New keys and values into a paged cache (cache_append.h): threads stride over the rows of both, kLength elements at
// once: 16 bytes where rows and pointers are aligned to them, else one element. T is an unsigned integer as wide as an
// element.
#pragma once

#include "kernels/attention/cache_append.h"
#include "kernels/common/device.cuh"
#include "kernels/common/elements.cuh"
#include "kernels/common/faults.cuh"

namespace gridstride {

template <class T, int kLength>
__global__ void __launch_bounds__(kElementThreads, 4) cache_append_rows(CacheAppendArgs args, FaultSink faults) {
  const int64_t pieces = args.row / kLength, count = args.tokens * pieces;
  for_each_run<1>(0, 2 * count, [&](int64_t i) {
    const bool is_value = i >= count;
    const int64_t at = is_value ? i - count : i, t = at / pieces, column = (at - t * pieces) * kLength;
    const int64_t slot = args.slots[t];
    if (slot < 0 || slot >= args.slot_count) {
      if (slot != -1 && i == t * pieces) report_fault(faults, FaultKind::index, slot, t, args.slot_count);
      return;
    }
    const T* from = static_cast<const T*>(is_value ? args.v : args.k) + t * (is_value ? args.v_stride : args.k_stride);
    T* to = static_cast<T*>(is_value ? args.v_cache : args.k_cache) + slot * args.row;
    store_vector<T, kLength>(to + column, load_vector<T, kLength>(from + column));
  });
}

}  // namespace gridstride
