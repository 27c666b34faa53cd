#include "kernels/norm/layer_norm.h"

#include "native/cpu/norm/normalize.h"

namespace gridstride::cpu {

void layer_norm_forward(const LayerNormForwardArgs& args, Run& run) { normalize_forward(args, true, run); }

void layer_norm_backward(const LayerNormBackwardArgs& args, Run& run) { normalize_backward(args, true, run); }

}  // namespace gridstride::cpu
