#include "kernels/gemm/matmul.h"

#include "native/cpu/run.h"
#include "native/cpu/storage.h"

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
        sum += widen(a[k * args.a_col_stride]) * widen(b[k * args.b_row_stride + j * args.b_col_stride]);
      c[j] = narrow<Out>(args.alpha * sum);
    }
  });
}

}  // namespace

void matmul_forward(const MatmulForwardArgs& args, Run& run) {
  if (!run.is_reference() && is_vectorised(args.dtype)) {
    GS_DISPATCH(run.isa, matmul_forward, args, run);
    return;
  }
  with_floating("matmul", args.dtype, [&](auto tag) {
    with_floating("matmul", args.c_dtype, [&](auto out) {
      reference<typename decltype(tag)::type, typename decltype(out)::type>(args, run.pool);
    });
  });
}

}  // namespace gridstride::cpu
