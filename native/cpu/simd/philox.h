// Philox on vectors: kLanes counters at a time, the same words as kernels/math/philox.h.
#pragma once

#include "kernels/math/philox.h"
#include "native/cpu/simd/vec.h"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace gridstride::cpu::GS_ISA {

typedef uint64_t VecLong __attribute__((vector_size(kLanes * 4)));

// Full products of the even 32-bit lanes: a wrapper, as compilers do not find the instruction in plain C++.
static inline VecLong multiply_even(VecUint a, VecUint b) {
#if defined(GS_ISA_avx512)
  return (VecLong)_mm512_maskz_mul_epu32(0xff, (__m512i)a, (__m512i)b);  // the unmasked form warns under g++ 12
#elif defined(GS_ISA_avx2)
  return (VecLong)_mm256_mul_epu32((__m256i)a, (__m256i)b);
#elif defined(__SSE2__)
  return (VecLong)_mm_mul_epu32((__m128i)a, (__m128i)b);
#else
  return ((VecLong)a & 0xffffffffu) * ((VecLong)b & 0xffffffffu);
#endif
}

static inline void multiply_wide(VecUint a, uint32_t factor, VecUint* high, VecUint* low) {
  const VecUint b = VecUint{} + factor;
  const VecLong even = multiply_even(a, b);
  const VecLong odd = multiply_even((VecUint)((VecLong)a >> 32), b);
  *high = (VecUint)((even >> 32) | (odd & 0xffffffff00000000ull));
  *low = (VecUint)((even & 0xffffffffull) | (odd << 32));
}

// The words of counters `counter` to counter + kLanes - 1: word j of counter k goes to words[4 k + j].
static inline void philox_words(uint64_t seed, uint64_t counter, uint32_t* words) {
  uint32_t key0 = static_cast<uint32_t>(seed), key1 = static_cast<uint32_t>(seed >> 32);
  VecUint c0, c1, c2{}, c3{};
  for (int i = 0; i < kLanes; ++i) {
    c0[i] = static_cast<uint32_t>(counter + static_cast<uint64_t>(i));
    c1[i] = static_cast<uint32_t>((counter + static_cast<uint64_t>(i)) >> 32);
  }
  for (int round = 0; round < 10; ++round) {
    VecUint high0, low0, high1, low1;
    multiply_wide(c0, 0xD2511F53u, &high0, &low0);
    multiply_wide(c2, 0xCD9E8D57u, &high1, &low1);
    c0 = high1 ^ c1 ^ key0;
    c1 = low1;
    c2 = high0 ^ c3 ^ key1;
    c3 = low0;
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  for (int i = 0; i < kLanes; ++i) {
    words[4 * i] = c0[i];
    words[4 * i + 1] = c1[i];
    words[4 * i + 2] = c2[i];
    words[4 * i + 3] = c3[i];
  }
}

}  // namespace gridstride::cpu::GS_ISA
