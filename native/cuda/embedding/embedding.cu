// An id out of range, which the CPU throws for, gives a row of NaN (0 in integers) and no gradient.
#include "kernels/embedding/embedding.h"

#include "native/cuda/dispatch.h"
#include "native/cuda/rows_by_id.h"
#include "native/cuda/scatter_rows.h"

namespace gridstride::cuda {

void embedding_forward(const EmbeddingForwardArgs& args, Run& run) {
  rows_by_id("embedding",
             {args.table, args.ids, args.y, 1, args.vocabulary, args.rows, args.channels, args.allow_missing,
              args.dtype, args.table_dtype, args.id_dtype},
             run);
}

void embedding_backward(const EmbeddingBackwardArgs& args, Run& run) {
  if (args.gradient_dtype != args.dtype && args.gradient_dtype != DType::f32)
    throw_dtype("embedding", "be the output's or f32 for the gradient", args.gradient_dtype);
  scatter_rows("embedding",
               {args.dy, args.ids, args.dtable, 1, args.vocabulary, args.rows, args.channels, args.padding_index,
                args.dtype, args.gradient_dtype, args.id_dtype},
               run);
}

}  // namespace gridstride::cuda
