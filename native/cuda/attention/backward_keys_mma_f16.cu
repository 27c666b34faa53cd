#include "native/cuda/attention/backward_keys_mma_launch.h"

namespace gridstride::cuda {

template void attention_backward_keys_by_mma<Float16>(const AttentionBackwardArgs& args, const BackwardRoom& room,
                                                      Run& run);

}  // namespace gridstride::cuda
