// The AMX tile on the processor's instructions, an instruction a wrapper.
#include "native/cpu/gemm/bf16/amx.h"
#include "native/cpu/gemm/bf16/kernels.h"
#include "native/cpu/simd/amx_state.h"

namespace gridstride::cpu {

namespace {

// In assembly: compilers' headers declare no memory that a tile reads, or eight bytes of it.
struct Instructions {
  static void enter() { configure_tiles(); }
  static void leave() { release_tiles(); }
  template <int kTile>
  void zero() {
    __asm__ volatile("tilezero %%tmm%c0" ::"i"(kTile));
  }
  template <int kTile>
  void load(const void* p, int64_t row_bytes) {
    __asm__ volatile("tileloadd (%0,%1,1), %%tmm%c2" ::"r"(p), "r"(row_bytes), "i"(kTile) : "memory");
  }
  template <int kTile>
  void store(void* p, int64_t row_bytes) {
    __asm__ volatile("tilestored %%tmm%c2, (%0,%1,1)" ::"r"(p), "r"(row_bytes), "i"(kTile) : "memory");
  }
  template <int kSum, int kA, int kB>
  void dot() {
    __asm__ volatile("tdpbf16ps %%tmm%c2, %%tmm%c1, %%tmm%c0" ::"i"(kSum), "i"(kA), "i"(kB));
  }
};

}  // namespace

const MicroKernel kAmxBf16Kernel = make_amx_bf16_kernel<Instructions>();

}  // namespace gridstride::cpu
