#include "kernels/loss/bce_with_logits.cuh"

#include "native/cuda/loss/pointwise.h"

namespace gridstride::cuda {

void bce_with_logits_forward(const BceWithLogitsForwardArgs& args, Run& run) {
  pointwise_loss<BceWithLogitsLoss>("bce_with_logits", args, loss_divisor(args.reduction, args.count, 1), run);
}

void bce_with_logits_backward(const BceWithLogitsBackwardArgs& args, Run& run) {
  pointwise_gradient<BceWithLogitsLoss>("bce_with_logits", args, loss_divisor(args.reduction, args.count, 1), run);
}

}  // namespace gridstride::cuda
