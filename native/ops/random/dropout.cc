#include "kernels/random/dropout.h"

#include "native/ops/function.h"
#include "native/ops/launch.h"
#include "native/ops/random/random_state.h"

namespace gridstride::ops {

// y = x / (1 - p) where an element is kept, else 0. Its gradient is the same call on dy.
Tensor dropout(const Tensor& input, const Tensor& state, int64_t delta, double p) {
  check_floating("dropout", input);
  check_dropout("dropout", "p", p);
  check_random_state("dropout", state);
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

}  // namespace gridstride::ops
