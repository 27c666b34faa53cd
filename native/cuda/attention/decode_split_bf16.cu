#include "native/cuda/attention/decode_split_launch.h"

namespace gridstride::cuda {

template void launch_decode_split<BFloat16>(const AttentionDecodeArgs& args, const DecodeWork& work, Run& run);

}  // namespace gridstride::cuda
