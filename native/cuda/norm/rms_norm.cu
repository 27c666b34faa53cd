#include "kernels/norm/rms_norm.h"

#include "native/cuda/norm/normalize.h"

namespace gridstride::cuda {

void rms_norm_forward(const RmsNormForwardArgs& args, Run& run) {
  LayerNormForwardArgs same{};
  same.x = args.x;
  same.residual = args.residual;
  same.gamma = args.gamma;
  same.y = args.y;
  same.sum = args.sum;
  same.inv_std = args.inv_rms;
  same.rows = args.rows;
  same.channels = args.channels;
  same.epsilon = args.epsilon;
  same.dtype = args.dtype;
  same.parameter_dtype = args.parameter_dtype;
  same.dropout = args.dropout;
  normalize_forward<false>("rms_norm", same, run);
}

void rms_norm_backward(const RmsNormBackwardArgs& args, Run& run) {
  LayerNormBackwardArgs same{};
  same.dy = args.dy;
  same.dsum = args.dsum;
  same.x = args.x;
  same.gamma = args.gamma;
  same.inv_std = args.inv_rms;
  same.dx = args.dx;
  same.dresidual = args.dresidual;
  same.dgamma = args.dgamma;
  same.rows = args.rows;
  same.channels = args.channels;
  same.dtype = args.dtype;
  same.parameter_dtype = args.parameter_dtype;
  same.dropout = args.dropout;
  normalize_backward<false>("rms_norm", same, run);
}

}  // namespace gridstride::cuda
