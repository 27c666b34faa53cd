#pragma once

#include "kernels/attention/attention_decode.h"
#include "native/cuda/run.h"

namespace gridstride {
struct DecodeWork;
}

namespace gridstride::cuda {

// The kernels of attention_decode that read the cache; T: float, BFloat16 or Float16, one file each.
template <class T>
void launch_decode_split(const AttentionDecodeArgs& args, const DecodeWork& work, Run& run);

}  // namespace gridstride::cuda
