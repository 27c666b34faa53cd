#include "kernels/gemm/matmul.h"

#include "kernels/common/half.h"
#include "native/cpu/gemm/storage.h"
#include "native/cpu/run.h"

GS_PER_ISA(void matmul_forward(const MatmulForwardArgs&, Run&);)

namespace gridstride::cpu {

namespace {

template <class T, class Out>
void reference(const MatmulForwardArgs& args, Pool& pool) {
  pool.parallel(args.outer * args.inner * args.m, [&](int64_t task, int) {
    const int64_t i = task % args.m, inner = task / args.m % args.inner, outer = task / args.m / args.inner;
    const T* a = static_cast<const T*>(args.a) + outer * args.a_outer_stride + inner * args.a_inner_stride +
                 i * args.a_row_stride;
    const T* b = static_cast<const T*>(args.b) + outer * args.b_outer_stride + inner * args.b_inner_stride;
    Out* c =
        static_cast<Out*>(args.c) + outer * args.c_outer_stride + inner * args.c_inner_stride + i * args.c_row_stride;
    for (int64_t j = 0; j < args.n; ++j) {
      double sum = 0;
      for (int64_t k = 0; k < args.k; ++k)
        sum += static_cast<double>(to_float(a[k * args.a_col_stride])) *
               static_cast<double>(to_float(b[k * args.b_row_stride + j * args.b_col_stride]));
      round_to(args.alpha * sum, &c[j]);
    }
  });
}

}  // namespace

void matmul_forward(const MatmulForwardArgs& args, Run& run) {
  if (!run.is_reference() && args.dtype != DType::f64) {
    GS_DISPATCH(run.isa, matmul_forward, args, run);
    return;
  }
  by_float(args.dtype,
           [&]<class T>(T) { by_float(args.c_dtype, [&]<class Out>(Out) { reference<T, Out>(args, run.pool); }); });
}

}  // namespace gridstride::cpu
