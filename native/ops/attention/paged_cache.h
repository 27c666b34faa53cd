// The rules of a paged key/value cache: two tensors (pages, page_size, kv_heads, D).
#pragma once

#include <string>

#include "native/ops/check.h"

namespace gridstride::ops {

inline void check_caches(const char* op, const Tensor& k_cache, const Tensor& v_cache) {
  check_rank(op, "the key cache", k_cache, 4);
  check_shape(op, "the value cache", v_cache, k_cache.shape);
  const int64_t pages = k_cache.shape[0], page_size = k_cache.shape[1];
  if (page_size == 0 || pages > ((int64_t{1} << 31) - 1) / page_size)
    fail_shape(op, "the pages must hold a token or more, and fewer than 2^31 together, got " + k_cache.shape.text());
}

}  // namespace gridstride::ops
