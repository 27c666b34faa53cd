#include "native/cpu/isa.h"

#include "native/core/error.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace gridstride::cpu {

namespace {

#if defined(__x86_64__)
// Half conversions: bit 29 of ecx, leaf 1 (clang's __builtin_cpu_supports does not know the name).
bool has_f16c() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid(1, &a, &b, &c, &d) && (c >> 29 & 1);
}
#endif

bool machine_has(Isa isa) {
#if defined(__x86_64__)
  if (isa == Isa::avx2) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && has_f16c();
  if (isa == Isa::avx512)
    return machine_has(Isa::avx2) && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
  return true;
#else
  return isa == Isa::reference || isa == Isa::baseline;
#endif
}

constexpr Isa kAll[] = {Isa::reference, Isa::baseline, Isa::avx2, Isa::avx512};

}  // namespace

const char* isa_name(Isa isa) {
  constexpr const char* names[] = {"reference", "baseline", "avx2", "avx512"};
  return names[static_cast<int>(isa)];
}

std::vector<Isa> available_isas() {
  std::vector<Isa> found;
  for (Isa isa : kAll)
    if (machine_has(isa)) found.push_back(isa);
  return found;
}

Isa best_isa() { return available_isas().back(); }

Isa parse_isa(const std::string& where, const std::string& name) {
  for (Isa isa : kAll) {
    if (name != isa_name(isa)) continue;
    if (!machine_has(isa))
      throw Error(ErrorCode::kDevice, where + ": the set must be one this machine has, got " + name);
    return isa;
  }
  throw Error(ErrorCode::kDevice,
              where + ": the set must be reference, baseline, avx2 or avx512 in this version, got " + name);
}

}  // namespace gridstride::cpu
