// Philox on vectors: kLanes counters at a time, the same words as kernels/math/philox.h.
#pragma once

#include "kernels/math/philox.h"
#include "native/cpu/simd/shuffle.h"

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

// The words of counters `counter` to counter + kLanes - 1, in order: words[0] holds the words of the first kLanes / 4.
struct PhiloxWords {
  VecUint words[4];
};
static inline PhiloxWords philox_vectors(uint64_t seed, uint64_t counter) {
  uint32_t lane[kLanes];
  for (uint32_t i = 0; i < kLanes; ++i) lane[i] = i;
  VecUint c0;
  memcpy(&c0, lane, sizeof c0);
  c0 += static_cast<uint32_t>(counter);
  const VecUint carry = (VecUint)(c0 < static_cast<uint32_t>(counter));  // all ones where the low half wrapped
  VecUint c1 = static_cast<uint32_t>(counter >> 32) - carry, c2{}, c3{};
  uint32_t key0 = static_cast<uint32_t>(seed), key1 = static_cast<uint32_t>(seed >> 32);
  GS_UNROLL
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
  Vec even[2], odd[2], out[4];
  interleave((Vec)c0, (Vec)c2, &even[0], &even[1]);
  interleave((Vec)c1, (Vec)c3, &odd[0], &odd[1]);
  interleave(even[0], odd[0], &out[0], &out[1]);
  interleave(even[1], odd[1], &out[2], &out[3]);
  return {{(VecUint)out[0], (VecUint)out[1], (VecUint)out[2], (VecUint)out[3]}};
}

// The same to memory: word j of counter `counter` + k goes to words[4 k + j].
static inline void philox_words(uint64_t seed, uint64_t counter, uint32_t* words) {
  const PhiloxWords drawn = philox_vectors(seed, counter);
  memcpy(words, drawn.words, sizeof drawn.words);
}

}  // namespace gridstride::cpu::GS_ISA
