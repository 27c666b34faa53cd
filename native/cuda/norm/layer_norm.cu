#include "kernels/norm/layer_norm.h"

#include "native/cuda/norm/normalize.h"

namespace gridstride::cuda {

void layer_norm_forward(const LayerNormForwardArgs& args, Run& run) {
  normalize_forward<true>("layer_norm", args, run);
}

void layer_norm_backward(const LayerNormBackwardArgs& args, Run& run) {
  normalize_backward<true>("layer_norm", args, run);
}

}  // namespace gridstride::cuda
