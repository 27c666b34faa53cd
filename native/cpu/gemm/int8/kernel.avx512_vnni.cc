// The AVX-512-VNNI tile on the processor's instructions.
#include <immintrin.h>

#include "native/cpu/gemm/int8/vnni.h"

namespace gridstride::cpu {

namespace {

struct Instructions {
  using Sums = __m512i;
  using Bytes = __m512i;
  static Sums zero() { return _mm512_setzero_si512(); }
  static void store(int32_t* p, Sums x) { _mm512_storeu_si512(p, x); }
  static Bytes load(const uint8_t* p) { return _mm512_loadu_si512(p); }
  static Bytes repeat(const int8_t* p) {
    int group;
    __builtin_memcpy(&group, p, sizeof group);
    return _mm512_set1_epi32(group);
  }
  static Sums dot(Sums sum, Bytes unsigned_bytes, Bytes signed_bytes) {
    return _mm512_dpbusd_epi32(sum, unsigned_bytes, signed_bytes);
  }
};

}  // namespace

const Int8Kernel kAvx512VnniKernel = make_vnni_kernel<Instructions>();

}  // namespace gridstride::cpu
