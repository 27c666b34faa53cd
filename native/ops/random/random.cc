// Tensors of random numbers.
#include "kernels/random/normal.h"
#include "kernels/random/uniform.h"
#include "native/ops/function.h"
#include "native/ops/launch.h"
#include "native/ops/random/random_state.h"

namespace gridstride::ops {

// Uniform numbers in [low, high).
Tensor uniform(const std::vector<int64_t>& sizes, DType dtype, const Tensor& state, int64_t delta, double low,
               double high) {
  check_random_state("rand", state);
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
  check_random_state("randn", state);
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
