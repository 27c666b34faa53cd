#include "kernels/loss/kl_div.cuh"

#include "native/cuda/loss/pointwise.h"

namespace gridstride::cuda {

void kl_div_forward(const KlDivForwardArgs& args, Run& run) {
  pointwise_loss<KlDivLoss>("kl_div", args, loss_divisor(args.reduction, args.count, args.batch), run);
}

void kl_div_backward(const KlDivBackwardArgs& args, Run& run) {
  pointwise_gradient<KlDivLoss>("kl_div", args, loss_divisor(args.reduction, args.count, args.batch), run);
}

}  // namespace gridstride::cuda
