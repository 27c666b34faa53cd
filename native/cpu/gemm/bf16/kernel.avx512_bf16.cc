// The AVX-512-BF16 tile on the processor's instructions.
#include <immintrin.h>

#include "native/cpu/gemm/bf16/avx512.h"
#include "native/cpu/gemm/bf16/kernels.h"

namespace gridstride::cpu {

namespace {

struct Instructions {
  using Sums = __m512;
  using Pairs = __m512bh;
  static Sums zero() { return _mm512_setzero_ps(); }
  static Sums load(const float* p) { return _mm512_loadu_ps(p); }
  static void store(float* p, Sums x) { _mm512_storeu_ps(p, x); }
  static Pairs load_pairs(const char* p) { return (Pairs)_mm512_loadu_si512(p); }
  static Pairs repeat_pair(const char* p) {
    int pair;
    __builtin_memcpy(&pair, p, sizeof pair);
    return (Pairs)_mm512_set1_epi32(pair);
  }
  static Sums dot(Sums sum, Pairs a, Pairs b) { return _mm512_dpbf16_ps(sum, a, b); }
};

}  // namespace

const MicroKernel kAvx512Bf16Kernel = make_avx512_bf16_kernel<Instructions>();

}  // namespace gridstride::cpu
