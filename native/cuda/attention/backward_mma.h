#pragma once

#include "kernels/attention/attention.h"
#include "kernels/attention/backward_rows.cuh"
#include "native/cuda/run.h"

namespace gridstride::cuda {

// Attention's dk and dv (query_rows, dq) on the tensor cores; T: BFloat16 or Float16, one file each. `list`: room for
// the list of tiles, list_bytes of backward_tiles.
template <class T>
void attention_backward_keys_by_mma(const AttentionBackwardArgs& args, const AttentionRows& rows, void* list, Run& run);
template <class T>
void attention_backward_queries_by_mma(const AttentionBackwardArgs& args, const AttentionRows& rows, void* list,
                                       Run& run);

}  // namespace gridstride::cuda
