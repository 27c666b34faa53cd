// Numbers to integers as casts do it: truncated, NaN gives 0 and what is out of range the nearest end.
#pragma once

#include <cstdint>

#include "kernels/common/host_device.h"

namespace gridstride {

// Memory of a boolean, which a kernel may find to be any byte: not zero is true.
struct Boolean {
  uint8_t byte;
};

template <class T, class S>
GS_HOST_DEVICE T to_integer(S x) {
  constexpr bool kSigned = static_cast<T>(-1) < T{0};
  constexpr T high = static_cast<T>(~uint64_t{0} >> (64 - 8 * sizeof(T) + (kSigned ? 1 : 0)));
  constexpr T low = kSigned ? static_cast<T>(-high - 1) : T{0};
  if (x != x) return 0;
  return x <= static_cast<S>(low) ? low : x >= static_cast<S>(high) ? high : static_cast<T>(x);
}

}  // namespace gridstride
