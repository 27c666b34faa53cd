#include "kernels/norm/rms_norm.h"

#include "native/cpu/norm/normalize.h"

namespace gridstride::cpu {

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
  normalize_forward(same, false, run);
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
  normalize_backward(same, false, run);
}

}  // namespace gridstride::cpu
