#include "kernels/gemm/matmul.h"

#include "native/cpu/gemm/gemm.h"
#include "native/cpu/run.h"

GS_PER_ISA(void matmul_forward(const MatmulForwardArgs&, Run&);)

namespace gridstride::cpu::GS_ISA {

void matmul_forward(const MatmulForwardArgs& args, Run& run) {
  Gemm g{};
  g.a = {args.a, args.a_row_stride, args.a_col_stride, args.a_outer_stride, args.a_inner_stride, args.dtype};
  g.b = {args.b, args.b_row_stride, args.b_col_stride, args.b_outer_stride, args.b_inner_stride, args.dtype};
  g.c.data = args.c;
  g.c.row = args.c_row_stride, g.c.outer = args.c_outer_stride, g.c.inner = args.c_inner_stride;
  g.c.alpha = static_cast<float>(args.alpha);
  g.c.dtype = args.c_dtype;
  g.outer = args.outer, g.inner = args.inner, g.m = args.m, g.n = args.n, g.k = args.k;
  g.bf16 = bf16_kernel(run.dot, run.is_plain);
  gemm(g, run.pool, run.scratch(run.scratch_owner, gemm_workspace(g, run.pool.size())));
}

}  // namespace gridstride::cpu::GS_ISA
