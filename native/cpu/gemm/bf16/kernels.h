// The bf16 kernels of the sets: those on a processor's instructions are there in builds for it, the twins always.
#pragma once

#include "native/cpu/gemm/micro_kernel.h"

namespace gridstride::cpu {

extern const MicroKernel kAvx512Bf16Kernel, kAmxBf16Kernel, kNeonBf16Kernel;

}  // namespace gridstride::cpu
