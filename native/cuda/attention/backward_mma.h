#pragma once

#include "kernels/attention/attention.h"
#include "kernels/attention/backward_rows.cuh"
#include "native/cuda/run.h"

namespace gridstride::cuda {

// The workspace of a backward pass.
struct BackwardRoom {
  AttentionRows rows;
  void* list;               // of the tiles of one kernel after the other
  const uint32_t* globals;  // null: none
};

// Attention's dk, dv and d_col (dq and d_row) on the tensor cores; T: BFloat16 or Float16, one file each.
template <class T>
void attention_backward_keys_by_mma(const AttentionBackwardArgs& args, const BackwardRoom& room, Run& run);
template <class T>
void attention_backward_queries_by_mma(const AttentionBackwardArgs& args, const BackwardRoom& room, Run& run);

}  // namespace gridstride::cuda
