#include "native/cuda/attention/forward_mma_launch.h"

namespace gridstride::cuda {

template void attention_forward_by_mma<BFloat16>(const AttentionForwardArgs& args, Run& run);

}  // namespace gridstride::cuda
