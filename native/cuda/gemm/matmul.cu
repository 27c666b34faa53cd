#include "kernels/gemm/matmul.h"

#include "native/cuda/dispatch.h"
#include "native/cuda/gemm/gemm.h"

namespace gridstride::cuda {

GemmArgs gemm_of(const MatmulForwardArgs& args) {
  GemmArgs gemm{};
  gemm.a = {args.a, args.a_row_stride, args.a_col_stride, args.a_outer_stride, args.a_inner_stride};
  gemm.b = {args.b, args.b_col_stride, args.b_row_stride, args.b_outer_stride, args.b_inner_stride};
  gemm.to.c = args.c;
  gemm.to.stride = args.c_row_stride;
  gemm.to.batch_outer_stride = args.c_outer_stride, gemm.to.batch_inner_stride = args.c_inner_stride;
  gemm.to.alpha = static_cast<float>(args.alpha);
  gemm.to.dtype = args.c_dtype;
  gemm.m = args.m, gemm.n = args.n, gemm.k = args.k;
  gemm.outer = args.outer, gemm.inner = args.inner;
  return gemm;
}

void matmul_forward(const MatmulForwardArgs& args, Run& run) {
  const GemmArgs gemm = gemm_of(args);
  with_floating("matmul", args.dtype, [&](auto) { run_gemm("matmul_forward", gemm, args.dtype, run); });
}

}  // namespace gridstride::cuda
