// Puts new tokens' keys and values into a paged cache, in place: row t of k and v goes to slot slots[t] = page
// page_size
// + offset of k_cache and v_cache; -1: nowhere. The slots of a call differ, -1 aside. A slot outside [-1, pages
// page_size) throws Error(kData); on the CPU nothing is written then, on CUDA all rows but those.
#pragma once

#include <cstdint>

#include "kernels/common/dtype.h"

namespace gridstride {

struct CacheAppendArgs {
  const void* k;               // (tokens, row), rows k_stride apart
  const void* v;               // (tokens, row), rows v_stride apart
  const int32_t* slots;        // (tokens)
  void* k_cache;               // (slot_count, row)
  void* v_cache;               // (slot_count, row)
  int64_t tokens, row;         // row: kv_heads head_size
  int64_t slot_count;          // pages page_size
  int64_t k_stride, v_stride;  // in elements
  DType dtype;                 // any
};

}  // namespace gridstride
