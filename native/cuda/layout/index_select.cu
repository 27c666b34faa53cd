// An id out of range, which the CPU throws for, gives a slice of NaN (0 in integers) and no gradient.
#include "kernels/layout/index_select.h"

#include "native/cuda/rows_by_id.h"
#include "native/cuda/scatter_rows.h"

namespace gridstride::cuda {

void index_select_forward(const IndexSelectForwardArgs& args, Run& run) {
  rows_by_id("index_select",
             {args.x, args.ids, args.y, args.outer, args.size, args.count, args.inner, 0, args.dtype, args.dtype,
              args.id_dtype},
             run);
}

void index_select_backward(const IndexSelectBackwardArgs& args, Run& run) {
  scatter_rows("index_select",
               {args.dy, args.ids, args.dx, args.outer, args.size, args.count, args.inner, -1, args.dtype, args.dtype,
                args.id_dtype},
               run);
}

}  // namespace gridstride::cuda
