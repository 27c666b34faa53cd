#include "native/cuda/attention/backward_queries_mma_launch.h"

namespace gridstride::cuda {

template void attention_backward_queries_by_mma<BFloat16>(const AttentionBackwardArgs& args, const BackwardRoom& room,
                                                          Run& run);

}  // namespace gridstride::cuda
