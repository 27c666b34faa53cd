#pragma once

#include "kernels/attention/attention.h"
#include "native/cuda/run.h"

namespace gridstride::cuda {

// Attention forward on the tensor cores; T: BFloat16 or Float16, one file each.
template <class T>
void attention_forward_by_mma(const AttentionForwardArgs& args, Run& run);

}  // namespace gridstride::cuda
