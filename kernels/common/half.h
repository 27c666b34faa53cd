// bf16 and f16 as 16-bit storage with conversions that round to nearest even and keep NaN.
#pragma once

#include <cstdint>
#include <cstring>

#include "kernels/common/host_device.h"

namespace gridstride {

struct BFloat16 {
  uint16_t bits;
};
struct Float16 {
  uint16_t bits;
};

GS_HOST_DEVICE uint32_t float_bits(float x) {
  uint32_t bits;
  memcpy(&bits, &x, 4);
  return bits;
}
GS_HOST_DEVICE float float_from_bits(uint32_t bits) {
  float x;
  memcpy(&x, &bits, 4);
  return x;
}

GS_HOST_DEVICE float to_float(BFloat16 x) { return float_from_bits(static_cast<uint32_t>(x.bits) << 16); }
GS_HOST_DEVICE BFloat16 to_bfloat16(float x) {
  const uint32_t bits = float_bits(x);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return {static_cast<uint16_t>((bits >> 16) | 0x40)};  // quiet NaN
  return {static_cast<uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1)) >> 16)};
}

GS_HOST_DEVICE float to_float(Float16 x) {
  const uint32_t sign = static_cast<uint32_t>(x.bits & 0x8000) << 16;
  const uint32_t magnitude = x.bits & 0x7fff;
  if (magnitude >= 0x7c00) return float_from_bits(sign | 0x7f800000u | (magnitude & 0x3ff) << 13);
  // Subnormals come by way of an integer: no float on the way is one itself, which a CPU may flush to zero.
  const float subnormal = static_cast<float>(static_cast<int32_t>(magnitude)) * 0x1p-24f;
  const uint32_t value = magnitude < 0x400 ? float_bits(subnormal) : (magnitude << 13) + 0x38000000u;
  return float_from_bits(value | sign);
}
GS_HOST_DEVICE Float16 to_float16(float x) {
  const uint32_t bits = float_bits(x);
  const uint16_t sign = static_cast<uint16_t>((bits >> 16) & 0x8000);
  const uint32_t magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) return {static_cast<uint16_t>(sign | 0x7e00)};
  if (magnitude >= 0x477ff000u) return {static_cast<uint16_t>(sign | 0x7c00)};  // rounds past 65504
  if (magnitude < 0x38800000u) {  // subnormal: adding 0.5 lets the FPU round at 2^-24
    const float shifted = float_from_bits(magnitude) + 0.5f;
    return {static_cast<uint16_t>(sign | (float_bits(shifted) - 0x3f000000u))};
  }
  const uint32_t rounded = magnitude + 0xfffu + ((magnitude >> 13) & 1);
  return {static_cast<uint16_t>(sign | ((rounded - 0x38000000u) >> 13))};
}

// Uniform access for templates over storage types.
GS_HOST_DEVICE float to_float(float x) { return x; }
GS_HOST_DEVICE double to_float(double x) { return x; }

// Overloads by a value of the target type: round_to(x, &out).
GS_HOST_DEVICE void round_to(double x, double* out) { *out = x; }
GS_HOST_DEVICE void round_to(double x, float* out) { *out = static_cast<float>(x); }
GS_HOST_DEVICE void round_to(double x, BFloat16* out) { *out = to_bfloat16(static_cast<float>(x)); }
GS_HOST_DEVICE void round_to(double x, Float16* out) { *out = to_float16(static_cast<float>(x)); }

}  // namespace gridstride
