#include "native/cpu/features.h"

#if defined(GS_X86_SETS)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#elif defined(__aarch64__)
#include <sys/auxv.h>
#endif

namespace gridstride::cpu {

#if defined(GS_X86_SETS)

namespace {

struct Leaf {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
};

// Zeros where the processor has no such leaf.
Leaf read_leaf(unsigned leaf, unsigned subleaf) {
  Leaf result;
  __get_cpuid_count(leaf, subleaf, &result.eax, &result.ebx, &result.ecx, &result.edx);
  return result;
}

constexpr bool has_bit(unsigned word, int bit) { return word >> bit & 1; }

// Half conversions: bit 29 of ecx, leaf 1 (clang's __builtin_cpu_supports does not know the name).
bool has_f16c() { return has_bit(read_leaf(1, 0).ecx, 29); }

// Whether the system saves the tiles' configuration and data (bits 17 and 18 of XCR0), and lets this process use them.
bool may_use_tiles() {
  constexpr int kOsxsave = 27, kTileConfig = 17, kTileData = 18;
  constexpr long kRequestPermission = 0x1023;  // ARCH_REQ_XCOMP_PERM
  if (!has_bit(read_leaf(1, 0).ecx, kOsxsave)) return false;
  unsigned low = 0, high = 0;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  if (!has_bit(low, kTileConfig) || !has_bit(low, kTileData)) return false;
  static const bool granted = syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
  return granted;
}

}  // namespace

bool machine_has(Isa isa) {
  if (isa == Isa::avx2) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && has_f16c();
  if (isa == Isa::avx512)
    return machine_has(Isa::avx2) && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
  return true;
}

// The bits are those of CPUID's leaf 7, in Intel's manual, volume 2A.
bool machine_has(Dot dot) {
  const unsigned edx = read_leaf(7, 0).edx;
  switch (dot) {
    case Dot::none:
      return true;
    case Dot::avx512_vnni:
      return machine_has(Isa::avx512) && has_bit(read_leaf(7, 0).ecx, 11);
    case Dot::avx512_bf16:
      return machine_has(Dot::avx512_vnni) && has_bit(read_leaf(7, 1).eax, 5);
    case Dot::amx_bf16:
      return machine_has(Dot::avx512_bf16) && has_bit(edx, 22) && has_bit(edx, 24) && may_use_tiles();
    case Dot::amx_int8:
      return machine_has(Dot::amx_bf16) && has_bit(edx, 25);
    case Dot::neon_bf16:
      break;
  }
  return false;
}

bool is_faster_than_f32(Dot dot) {
  constexpr unsigned kIntel = 0x756e6547, kCooperLake = 85;  // "Genu"
  const unsigned signature = read_leaf(1, 0).eax, model = (signature >> 12 & 0xf0) | (signature >> 4 & 0xf);
  return dot != Dot::avx512_bf16 || read_leaf(0, 0).ebx != kIntel || model == kCooperLake;
}

#else

bool is_faster_than_f32(Dot) { return true; }

bool machine_has(Isa isa) { return isa == Isa::reference || isa == Isa::baseline; }

bool machine_has(Dot dot) {
#if defined(__aarch64__)
  constexpr unsigned long kBFloat16 = 1ul << 14;  // HWCAP2_BF16
  if (dot == Dot::neon_bf16) return getauxval(AT_HWCAP2) & kBFloat16;
#endif
  return dot == Dot::none;
}

#endif

}  // namespace gridstride::cpu
