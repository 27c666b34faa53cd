// Instruction sets the CPU path chooses from at run time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gridstride::cpu {

// What *.simd.cc files are compiled for, each as a whole; `reference` is the plain loops.
enum class Isa : uint8_t { reference, baseline, avx2, avx512 };

// Instructions for products of 16- and 8-bit numbers. They serve the micro-kernels of matrix products alone, so only
// those are compiled for them (*.<set>.cc files); each x86 set includes those before it.
enum class Dot : uint8_t { none, avx512_vnni, avx512_bf16, amx_bf16, amx_int8, neon_bf16 };

// A set by which a CPU device goes: "avx512-bf16" is the code of avx512 with the products of avx512_bf16.
struct InstructionSet {
  Isa isa = Isa::reference;
  Dot dot = Dot::none;
  bool is_plain = false;  // the twin: dot's instructions are done by plain C++, on any machine
};

const char* isa_name(Isa isa);
// "avx2", "amx-bf16", "amx-bf16:plain"
std::string set_name(const InstructionSet& set);

// All sets this machine can run, worst first; `reference` is always there. The last one is the best, unless its
// products of bf16 are slower than f32's.
std::vector<Isa> available_isas();
std::vector<InstructionSet> available_sets();
InstructionSet best_set();
Isa best_isa();
// The plain twins of all sets that have one.
std::vector<InstructionSet> plain_sets();
// A set or a twin by its name; throws Error(kDevice) for an unknown or absent one. `where`: who named it, the error's
// first word.
InstructionSet parse_set(const std::string& where, const std::string& name);

}  // namespace gridstride::cpu

// The wider sets of x86-64 are compiled, too.
#if defined(__x86_64__) && !defined(GS_BASELINE_ONLY)
#define GS_X86_SETS
#endif

// One declaration per compiled instruction set: GS_PER_ISA(void rows(const float* x);) declares cpu::baseline::rows ...
#if defined(GS_X86_SETS)
#define GS_PER_ISA(...)                 \
  namespace gridstride::cpu::baseline { \
  __VA_ARGS__                           \
  }                                     \
  namespace gridstride::cpu::avx2 {     \
  __VA_ARGS__                           \
  }                                     \
  namespace gridstride::cpu::avx512 {   \
  __VA_ARGS__                           \
  }
// Calls the function of the running set: GS_DISPATCH(run.isa, rows, x). Never used for Isa::reference.
#define GS_DISPATCH(isa, function, ...)                   \
  do {                                                    \
    if ((isa) == ::gridstride::cpu::Isa::avx512)          \
      ::gridstride::cpu::avx512::function(__VA_ARGS__);   \
    else if ((isa) == ::gridstride::cpu::Isa::avx2)       \
      ::gridstride::cpu::avx2::function(__VA_ARGS__);     \
    else                                                  \
      ::gridstride::cpu::baseline::function(__VA_ARGS__); \
  } while (false)
#else
#define GS_PER_ISA(...)                 \
  namespace gridstride::cpu::baseline { \
  __VA_ARGS__                           \
  }
#define GS_DISPATCH(isa, function, ...) (static_cast<void>(isa), ::gridstride::cpu::baseline::function(__VA_ARGS__))
#endif
