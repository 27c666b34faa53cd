// Ops that draw from a device's random state, i64 (2): seed and base offset.
#include "kernels/random/dropout.h"
#include "kernels/random/normal.h"
#include "kernels/random/uniform.h"
#include "native/core/device.h"
#include "native/ops/check.h"
#include "native/ops/function.h"
#include "native/ops/launch.h"

namespace gridstride::ops {

namespace {

void check_state(const char* op, const Tensor& state) {
  check_dtype(op, "the random state", state, DType::i64);
  check_shape(op, "the random state", state, {2});
}

void check_chance(double p) {
  if (!(p >= 0 && p <= 1))
    throw Error(ErrorCode::kConfig, "dropout: p must lie in [0, 1], got " + std::to_string(p), {{"p", p}});
}

}  // namespace

// y = x / (1 - p) where an element is kept, else 0. Its gradient is the same call on dy.
Tensor dropout(const Tensor& input, const Tensor& state, int64_t delta, double p) {
  check_floating("dropout", input);
  check_chance(p);
  check_state("dropout", state);
  check_same_device("dropout", {&input, &state});
  const Tensor x = contiguous(input), y = empty_like(x);
  Launch<DropoutArgs> launch(OpId::dropout);
  launch.read(launch.args.x, x);
  launch.read(launch.args.stream.state, state);
  launch.write(launch.args.y, y);
  launch.args.stream.delta = delta;
  launch.args.count = x.numel();
  launch.args.p = p;
  launch.args.dtype = x.dtype;
  launch.submit(10.0 * static_cast<double>(x.numel()));
  return y;
}
GS_EXPORT_OP(dropout, "x", "state", "delta", "p")

// Uniform numbers in [low, high).
Tensor uniform(const std::vector<int64_t>& sizes, DType dtype, const Tensor& state, int64_t delta, double low,
               double high) {
  check_state("rand", state);
  const Tensor y = empty(state.device(), dtype, Shape(sizes));
  check_floating("rand", y);
  Launch<UniformArgs> launch(OpId::uniform);
  launch.read(launch.args.stream.state, state);
  launch.write(launch.args.y, y);
  launch.args.stream.delta = delta;
  launch.args.count = y.numel();
  launch.args.low = low;
  launch.args.high = high;
  launch.args.dtype = dtype;
  launch.submit(10.0 * static_cast<double>(y.numel()));
  return y;
}
GS_EXPORT_OP(uniform, "sizes", "dtype", "state", "delta", "low", "high")

// Normal numbers.
Tensor normal(const std::vector<int64_t>& sizes, DType dtype, const Tensor& state, int64_t delta, double mean,
              double deviation) {
  check_state("randn", state);
  const Tensor y = empty(state.device(), dtype, Shape(sizes));
  check_floating("randn", y);
  Launch<NormalArgs> launch(OpId::normal);
  launch.read(launch.args.stream.state, state);
  launch.write(launch.args.y, y);
  launch.args.stream.delta = delta;
  launch.args.count = y.numel();
  launch.args.mean = mean;
  launch.args.deviation = deviation;
  launch.args.dtype = dtype;
  launch.submit(20.0 * static_cast<double>(y.numel()));
  return y;
}
GS_EXPORT_OP(normal, "sizes", "dtype", "state", "delta", "mean", "deviation")

}  // namespace gridstride::ops
