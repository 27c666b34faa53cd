#include "kernels/embedding/rope.h"

#include "native/core/device.h"
#include "native/ops/check.h"
#include "native/ops/function.h"
#include "native/ops/launch.h"

namespace gridstride::ops {

namespace {

void check_rope(const Tensor& x, const Tensor& positions, const Tensor& frequencies) {
  check_same_device("rope", {&x, &positions, &frequencies});
  check_floating("rope", x);
  check_rank("rope", "x", x, 3);
  check_index_dtype("rope", "the positions", positions);
  check_shape("rope", "the positions", positions, {x.shape[0]});
  check_dtype("rope", "the inverse frequencies", frequencies, DType::f32);
  check_rank("rope", "the inverse frequencies", frequencies, 1);
  if (2 * frequencies.shape[0] > x.shape[2])
    fail_shape("rope", "the inverse frequencies must be at most half a head's elements, got " +
                           frequencies.shape.text() + " for " + x.shape.text());
}

}  // namespace

// x (T, H, D) with pairs of each head's elements turned by position times frequency; `inverse`: back.
Tensor rope(const Tensor& input, const Tensor& position_input, const Tensor& frequency_input, bool interleaved,
            double factor, bool inverse) {
  check_rope(input, position_input, frequency_input);
  const Tensor x = input.stride(2) == 1 || input.shape[2] == 1 ? input : contiguous(input);
  const Tensor positions = contiguous(position_input), frequencies = contiguous(frequency_input);
  const Tensor y = empty_like(x);
  Launch<RopeArgs> launch(OpId::rope);
  launch.read(launch.args.x, x);
  launch.read(launch.args.positions, positions);
  launch.read(launch.args.frequencies, frequencies);
  launch.write(launch.args.y, y);
  launch.args.tokens = x.shape[0];
  launch.args.heads = x.shape[1];
  launch.args.size = x.shape[2];
  launch.args.pairs = frequencies.shape[0];
  launch.args.x_token_stride = x.strides[0];
  launch.args.x_head_stride = x.strides[1];
  launch.args.factor = static_cast<float>(factor);
  launch.args.interleaved = interleaved;
  launch.args.inverse = inverse;
  launch.args.dtype = x.dtype;
  launch.args.position_dtype = positions.dtype;
  launch.submit(3.0 * static_cast<double>(x.numel()));
  return y;
}
GS_EXPORT_OP(rope, "x", "positions", "frequencies", "interleaved", "factor", "inverse")

}  // namespace gridstride::ops
