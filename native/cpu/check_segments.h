// Segments as a kernel finds them on the device.
#pragma once

#include <cstdint>
#include <string>

#include "native/core/error.h"

namespace gridstride::cpu {

// Throws Error(kData) unless they do not decrease and end within `tokens`, and, where `longest` is 0 or more, begin at
// 0 and none is longer. On CUDA: kernels/common/segments.cuh.
inline void check_segments(const char* op, const char* name, const int32_t* cu, int64_t batch, int64_t tokens,
                           int64_t longest) {
  const auto fail = [&](const std::string& rule, int64_t value, int64_t index) {
    throw Error(ErrorCode::kData, std::string(op) + ": " + name + " must " + rule + ", got " + std::to_string(value) +
                                      " at position " + std::to_string(index));
  };
  if (longest >= 0 && cu[0] != 0) fail("begin at 0", cu[0], 0);
  for (int64_t b = 0; b <= batch; ++b) {
    const int32_t before = b == 0 ? 0 : cu[b - 1];
    if (cu[b] < before) fail("not decrease", cu[b], b);
    if (cu[b] > tokens) fail("not exceed " + std::to_string(tokens) + " tokens", cu[b], b);
    if (longest >= 0 && cu[b] - before > longest)
      fail("hold segments of at most " + std::to_string(longest), cu[b] - before, b);
  }
}

}  // namespace gridstride::cpu
