// The twins of the bf16 kernels, and the choice among all.
#include "native/cpu/gemm/bf16/kernels.h"

#include "native/cpu/gemm/bf16/amx.h"
#include "native/cpu/gemm/bf16/arithmetic.h"
#include "native/cpu/gemm/bf16/avx512.h"
#include "native/cpu/gemm/bf16/neon.h"

namespace gridstride::cpu {

namespace {

template <int kLanes>
struct PlainVectors {
  struct Sums {
    float lane[kLanes];
  };
  struct Pairs {
    BFloat16 half[2 * kLanes];
  };
  static Sums zero() { return {}; }
  static Sums load(const float* p) {
    Sums x;
    memcpy(&x, p, sizeof x);
    return x;
  }
  static void store(float* p, const Sums& x) { memcpy(p, &x, sizeof x); }
  static Pairs load_pairs(const char* p) {
    Pairs x;
    memcpy(&x, p, sizeof x);
    return x;
  }
};

struct PlainAvx512 : PlainVectors<16> {
  static Pairs repeat_pair(const char* p) {
    Pairs x;
    for (int i = 0; i < 16; ++i) memcpy(x.half + 2 * i, p, 4);
    return x;
  }
  // VDPBF16PS: the upper product is added first.
  static Sums dot(Sums sum, const Pairs& a, const Pairs& b) {
    for (int i = 0; i < 16; ++i)
      for (int half = 1; half >= 0; --half)
        sum.lane[i] = multiply_add(sum.lane[i], a.half[2 * i + half], b.half[2 * i + half]);
    return sum;
  }
};

struct PlainNeon : PlainVectors<4> {
  template <int kPair>
  static Sums dot(Sums sum, const Pairs& a, const Pairs& b) {
    for (int i = 0; i < 4; ++i)
      sum.lane[i] = add_odd(sum.lane[i], add_odd(multiply_odd(a.half[2 * i], b.half[2 * kPair]),
                                                 multiply_odd(a.half[2 * i + 1], b.half[2 * kPair + 1])));
    return sum;
  }
};

struct PlainAmx {
  char tiles[8][kAmxRows][kAmxLine];

  static constexpr void (*enter)() = nullptr;
  static constexpr void (*leave)() = nullptr;
  template <int kTile>
  void zero() {
    memset(tiles[kTile], 0, sizeof tiles[kTile]);
  }
  template <int kTile>
  void load(const void* p, int64_t row_bytes) {
    for (int64_t i = 0; i < kAmxRows; ++i)
      memcpy(tiles[kTile][i], static_cast<const char*>(p) + i * row_bytes, kAmxLine);
  }
  template <int kTile>
  void store(void* p, int64_t row_bytes) {
    for (int64_t i = 0; i < kAmxRows; ++i) memcpy(static_cast<char*>(p) + i * row_bytes, tiles[kTile][i], kAmxLine);
  }
  // TDPBF16PS: two sums a lane, of the lower and of the upper products; they, and then the tile, are added at the end.
  template <int kSum, int kA, int kB>
  void dot() {
    for (int64_t i = 0; i < kAmxRows; ++i) {
      BFloat16 a[32];
      float low[kAmxColumns] = {}, high[kAmxColumns] = {}, sum[kAmxColumns];
      memcpy(a, tiles[kA][i], sizeof a);
      for (int64_t k = 0; k < kAmxRows; ++k) {
        BFloat16 b[32];
        memcpy(b, tiles[kB][k], sizeof b);
        for (int64_t j = 0; j < kAmxColumns; ++j) {
          low[j] = multiply_add(low[j], a[2 * k], b[2 * j]);
          high[j] = multiply_add(high[j], a[2 * k + 1], b[2 * j + 1]);
        }
      }
      memcpy(sum, tiles[kSum][i], sizeof sum);
      for (int64_t j = 0; j < kAmxColumns; ++j) sum[j] = add_nearest(sum[j], add_nearest(low[j], high[j]));
      memcpy(tiles[kSum][i], sum, sizeof sum);
    }
  }
};

constexpr MicroKernel kPlainAvx512 = make_avx512_bf16_kernel<PlainAvx512>();
constexpr MicroKernel kPlainAmx = make_amx_bf16_kernel<PlainAmx>();
constexpr MicroKernel kPlainNeon = make_neon_bf16_kernel<PlainNeon>();

}  // namespace

const MicroKernel* bf16_kernel(Dot dot, bool is_plain) {
  switch (dot) {
    case Dot::avx512_bf16:
      if (is_plain) return &kPlainAvx512;
#if defined(GS_X86_SETS)
      return &kAvx512Bf16Kernel;
#endif
      break;
    case Dot::amx_bf16:
    case Dot::amx_int8:
      if (is_plain) return &kPlainAmx;
#if defined(GS_X86_SETS)
      return &kAmxBf16Kernel;
#endif
      break;
    case Dot::neon_bf16:
      if (is_plain) return &kPlainNeon;
#if defined(__aarch64__)
      return &kNeonBf16Kernel;
#endif
      break;
    case Dot::none:
    case Dot::avx512_vnni:
      break;
  }
  return nullptr;
}

}  // namespace gridstride::cpu
