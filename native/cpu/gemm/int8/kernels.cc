// The twins of the int8 kernels, and the choice among all.
#include "native/cpu/gemm/int8/kernels.h"

#include <cstring>

#include "native/cpu/gemm/int8/amx.h"
#include "native/cpu/gemm/int8/vnni.h"

namespace gridstride::cpu {

namespace {

// Four unsigned bytes times four signed ones.
int32_t dot_of_bytes(const uint8_t* u, const int8_t* s) {
  return int32_t{u[0]} * s[0] + int32_t{u[1]} * s[1] + int32_t{u[2]} * s[2] + int32_t{u[3]} * s[3];
}

struct PlainVnni {
  struct Sums {
    int32_t lane[16];
  };
  struct Bytes {
    uint8_t byte[64];
  };
  static Sums zero() { return {}; }
  static void store(int32_t* p, const Sums& x) { memcpy(p, &x, sizeof x); }
  static Bytes load(const uint8_t* p) {
    Bytes x;
    memcpy(&x, p, sizeof x);
    return x;
  }
  static Bytes repeat(const int8_t* p) {
    Bytes x;
    for (int i = 0; i < 16; ++i) memcpy(x.byte + 4 * i, p, 4);
    return x;
  }
  // VPDPBUSD: wraps around, as the sums of all products do not.
  static Sums dot(Sums sum, const Bytes& u, const Bytes& s) {
    int8_t signed_bytes[64];
    memcpy(signed_bytes, s.byte, sizeof signed_bytes);
    for (int i = 0; i < 16; ++i) sum.lane[i] += dot_of_bytes(u.byte + 4 * i, signed_bytes + 4 * i);
    return sum;
  }
};

struct PlainAmx {
  uint8_t tiles[8][kInt8TileRows][kInt8TileLine];

  static constexpr void (*enter)() = nullptr;
  static constexpr void (*leave)() = nullptr;
  template <int kTile>
  void zero() {
    memset(tiles[kTile], 0, sizeof tiles[kTile]);
  }
  template <int kTile>
  void load(const void* p, int64_t row_bytes) {
    for (int64_t i = 0; i < kInt8TileRows; ++i)
      memcpy(tiles[kTile][i], static_cast<const char*>(p) + i * row_bytes, kInt8TileLine);
  }
  template <int kTile>
  void store(void* p, int64_t row_bytes) {
    for (int64_t i = 0; i < kInt8TileRows; ++i)
      memcpy(static_cast<char*>(p) + i * row_bytes, tiles[kTile][i], kInt8TileLine);
  }
  // TDPBSUD
  template <int kSum, int kA, int kB>
  void dot() {
    for (int64_t i = 0; i < kInt8TileRows; ++i) {
      int8_t a[kInt8TileLine];
      int32_t sum[kInt8Columns];
      memcpy(a, tiles[kA][i], sizeof a);
      memcpy(sum, tiles[kSum][i], sizeof sum);
      for (int64_t k = 0; k < kInt8TileRows; ++k)
        for (int64_t j = 0; j < kInt8Columns; ++j) sum[j] += dot_of_bytes(tiles[kB][k] + 4 * j, a + 4 * k);
      memcpy(tiles[kSum][i], sum, sizeof sum);
    }
  }
};

constexpr Int8Kernel kPlainVnni = make_vnni_kernel<PlainVnni>();
constexpr Int8Kernel kPlainAmx = make_amx_int8_kernel<PlainAmx>();

}  // namespace

const Int8Kernel* int8_kernel(Dot dot, bool is_plain) {
  switch (dot) {
    case Dot::amx_int8:
      if (is_plain) return &kPlainAmx;
#if defined(GS_X86_SETS)
      return &kAmxInt8Kernel;
#endif
      break;
    case Dot::avx512_vnni:
    case Dot::avx512_bf16:
    case Dot::amx_bf16:
      if (is_plain) return &kPlainVnni;
#if defined(GS_X86_SETS)
      return &kAvx512VnniKernel;
#endif
      break;
    case Dot::none:
    case Dot::neon_bf16:
      break;
  }
  return nullptr;
}

}  // namespace gridstride::cpu
