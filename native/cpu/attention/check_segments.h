// Segments as a kernel finds them on the device.
#pragma once

#include <cstdint>
#include <string>

#include "native/core/error.h"

namespace gridstride::cpu {

// Throws Error(kData) unless they begin at 0, do not decrease, end within `tokens` and none is longer than `longest`.
inline void check_segments(const char* op, const char* name, const int32_t* cu, int64_t batch, int64_t tokens,
                           int64_t longest) {
  const auto fail = [&](const std::string& rule, int64_t value, int64_t index) {
    throw Error(ErrorCode::kData, std::string(op) + ": " + name + " must " + rule + ", got " + std::to_string(value) +
                                      " at position " + std::to_string(index));
  };
  if (cu[0] != 0) fail("begin at 0", cu[0], 0);
  for (int64_t b = 0; b < batch; ++b) {
    if (cu[b + 1] < cu[b]) fail("not decrease", cu[b + 1], b + 1);
    if (cu[b + 1] > tokens) fail("not exceed " + std::to_string(tokens) + " tokens", cu[b + 1], b + 1);
    if (cu[b + 1] - cu[b] > longest)
      fail("hold segments of at most " + std::to_string(longest), cu[b + 1] - cu[b], b + 1);
  }
}

}  // namespace gridstride::cpu
