#include "kernels/loss/mse.cuh"

#include "native/cuda/loss/pointwise.h"

namespace gridstride::cuda {

void mse_forward(const MseForwardArgs& args, Run& run) {
  pointwise_loss<MseLoss>("mse", args, loss_divisor(args.reduction, args.count, 1), run);
}

void mse_backward(const MseBackwardArgs& args, Run& run) {
  pointwise_gradient<MseLoss>("mse", args, loss_divisor(args.reduction, args.count, 1), run);
}

}  // namespace gridstride::cuda
