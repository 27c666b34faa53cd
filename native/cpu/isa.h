// Instruction sets the CPU path chooses from at run time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gridstride::cpu {

enum class Isa : uint8_t { reference, baseline, avx2, avx512 };

const char* isa_name(Isa isa);
// The best set of this machine.
Isa best_isa();
// All sets this machine can run, worst first; `reference` (plain loops) is always there.
std::vector<Isa> available_isas();
// A set by its name; throws Error(kDevice) for an unknown or absent one. `where`: who named it, the error's first word.
Isa parse_isa(const std::string& where, const std::string& name);

}  // namespace gridstride::cpu

// One declaration per compiled instruction set: GS_PER_ISA(void rows(const float* x);) declares cpu::baseline::rows ...
#if defined(__x86_64__)
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
#define GS_DISPATCH(isa, function, ...) ::gridstride::cpu::baseline::function(__VA_ARGS__)
#endif
