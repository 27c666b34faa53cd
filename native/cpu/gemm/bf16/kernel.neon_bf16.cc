// The NEON tile on the processor's instructions.
#include <arm_neon.h>

#include "native/cpu/gemm/bf16/kernels.h"
#include "native/cpu/gemm/bf16/neon.h"

namespace gridstride::cpu {

namespace {

struct Instructions {
  using Sums = float32x4_t;
  using Pairs = bfloat16x8_t;
  static Sums zero() { return vdupq_n_f32(0); }
  static Sums load(const float* p) { return vld1q_f32(p); }
  static void store(float* p, Sums x) { vst1q_f32(p, x); }
  static Pairs load_pairs(const char* p) { return vld1q_bf16(reinterpret_cast<const bfloat16_t*>(p)); }
  // Each lane's pair of `a` times pair kPair of `b`.
  template <int kPair>
  static Sums dot(Sums sum, Pairs a, Pairs b) {
    return vbfdotq_laneq_f32(sum, a, b, kPair);
  }
};

}  // namespace

const MicroKernel kNeonBf16Kernel = make_neon_bf16_kernel<Instructions>();

}  // namespace gridstride::cpu
