#include "kernels/attention/cache_append.h"

#include <cstring>
#include <string>

#include "native/core/error.h"
#include "native/cpu/run.h"

namespace gridstride::cpu {

namespace {

void check_slots(const CacheAppendArgs& args) {
  for (int64_t t = 0; t < args.tokens; ++t)
    if (args.slots[t] < -1 || args.slots[t] >= args.slot_count)
      throw Error(ErrorCode::kData,
                  "cache_append: slots must lie in [-1, " + std::to_string(args.slot_count) + "), got " +
                      std::to_string(args.slots[t]) + " at position " + std::to_string(t),
                  {{"slot", static_cast<double>(args.slots[t])}, {"slots", static_cast<double>(args.slot_count)}});
}

void put(const void* rows, int64_t stride, void* cache, int64_t t, const CacheAppendArgs& args) {
  const int64_t element = dtype_size(args.dtype);
  memcpy(static_cast<char*>(cache) + args.slots[t] * args.row * element,
         static_cast<const char*>(rows) + t * stride * element, static_cast<size_t>(args.row * element));
}

}  // namespace

void cache_append(const CacheAppendArgs& args, Run& run) {
  if (args.row == 0) return;
  check_slots(args);
  const int64_t grain = args.row > 16384 ? 1 : 16384 / args.row;
  run.pool.ranges(args.tokens, grain, [&](int64_t begin, int64_t end, int) {
    for (int64_t t = begin; t < end; ++t) {
      if (args.slots[t] < 0) continue;
      put(args.k, args.k_stride, args.k_cache, t, args);
      put(args.v, args.v_stride, args.v_cache, t, args);
    }
  });
}

}  // namespace gridstride::cpu
