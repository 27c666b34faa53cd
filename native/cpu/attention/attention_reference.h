// Attention by plain loops in double: the oracle, and the path of f64 and of very wide heads.
#pragma once

#include "kernels/attention/attention.h"
#include "native/cpu/run.h"

namespace gridstride::cpu {

void attention_forward_reference(const AttentionForwardArgs& args, Run& run);
void attention_backward_reference(const AttentionBackwardArgs& args, Run& run);

}  // namespace gridstride::cpu
