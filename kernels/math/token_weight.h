// What sampling (kernels/random/sample_tokens.h) computes of a logit, in integers beyond one division and one
// subtraction, which round alike everywhere: every device finds the same order and the same weights, and sums of them
// do not depend on their order.
#pragma once

#include <math.h>

#include <cstdint>

#include "kernels/common/half.h"
#include "kernels/common/host_device.h"

namespace gridstride {

constexpr uint32_t kTopWeight = 0x80000000u;  // of the most probable token

// Numbers around the smallest ones count as 0: some devices flush these.
GS_HOST_DEVICE float without_tiny(float x) { return (float_bits(x) & 0x7f800000u) < (8u << 23) ? 0.0f : x; }
GS_HOST_DEVICE float scaled_logit(float x, float temperature) { return without_tiny(without_tiny(x) / temperature); }

// Orders numbers as unsigned integers do: -0 equals 0, NaN is the largest.
GS_HOST_DEVICE uint32_t token_key(float z) {
  const uint32_t bits = float_bits(z), magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) return 0xffffffffu;
  if (magnitude == 0) return 0x80000000u;
  return bits >> 31 ? ~bits : bits | 0x80000000u;
}
GS_HOST_DEVICE float number_of_key(uint32_t key) { return float_from_bits(key >> 31 ? key ^ 0x80000000u : ~key); }

// 2^31 e^(z - top), rounded to an integer: relative error below 1e-8, and half a unit.
GS_HOST_DEVICE uint32_t token_weight(uint32_t key, uint32_t top) {
  if (key == top) return kTopWeight;
  const float distance = number_of_key(top) - number_of_key(key);
  if (!(distance < 22.25f)) return 0;  // also of NaN
  // The distance in units of 2^-27, times log2(e) in units of 2^-31: n whole halvings and a fraction f of one.
  const uint64_t halvings = static_cast<uint64_t>(static_cast<uint32_t>(distance * 134217728.0f)) * 3098164009u;
  const int n = static_cast<int>(halvings >> 58);
  const uint64_t f = halvings >> 26 & 0xffffffffu;
  // 2^-f = 1 - f q(f) with all in units of 2^-32; q is a fit by Chebyshev polynomials.
  constexpr uint32_t c[] = {2977044471u, 1031764940u, 238387503u, 41304524u, 5712116u, 639548u, 48570u};
  uint64_t q = c[6];
  for (int i = 5; i >= 0; --i) q = c[i] - (q * f >> 32);
  const uint64_t power = (uint64_t{1} << 32) - (q * f >> 32);
  return static_cast<uint32_t>((power + (uint64_t{1} << n)) >> (n + 1));
}

// Whole tokens' weight that reaches top_p of all: those before it are below.
GS_HOST_DEVICE uint64_t top_p_weight(double top_p, uint64_t total) {
  const uint64_t part = static_cast<uint64_t>(ceil(top_p * static_cast<double>(total)));
  return part < 1 ? 1 : part > total ? total : part;
}
GS_HOST_DEVICE uint32_t min_p_weight(double min_p) { return static_cast<uint32_t>(ceil(min_p * 2147483648.0)); }

// floor(a b / 2^64): a uniform 64-bit number below `b`, of a random one.
GS_HOST_DEVICE uint64_t high_product(uint64_t a, uint64_t b) {
  const uint64_t a0 = a & 0xffffffffu, a1 = a >> 32, b0 = b & 0xffffffffu, b1 = b >> 32;
  const uint64_t middle = a1 * b0 + (a0 * b0 >> 32);
  const uint64_t other = a0 * b1 + (middle & 0xffffffffu);
  return a1 * b1 + (middle >> 32) + (other >> 32);
}

}  // namespace gridstride
