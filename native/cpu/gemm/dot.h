// Few rows of A against a B that is contiguous along the depth (a weight matrix used as it is stored): dot products
// that read each row of B once and pack nothing but A.
#pragma once

#include "native/cpu/gemm/gemm.h"

namespace gridstride::cpu::GS_ISA {

bool wants_dot(const Gemm& problem);
int64_t dot_workspace(const Gemm& problem);
void dot_gemm(const Gemm& problem, Pool& pool, float* workspace);

}  // namespace gridstride::cpu::GS_ISA
