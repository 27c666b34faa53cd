// The next token of each row of logits. Greedy: the first of the largest; NaN counts as the largest. Otherwise the
// filters of Hugging Face's generation, in its order, on z = x / temperature in f32 (kernels/math/token_weight.h):
//   top_k  keeps the k largest and what equals the last of them
//   top_p  keeps the fewest largest whose probability reaches top_p, at least one; of equals the first come first
//   min_p  keeps those at least min_p times as probable as the most probable
// and a draw among those kept by their probability: the token at which the running sum of weights, in the order of the
// tokens, passes the row's random number. Weights are integers, so that every device draws the same token. Row r takes
// Philox counter stream.state[1] + stream.delta + r.
#pragma once

#include <cstdint>

#include "kernels/common/dtype.h"
#include "kernels/math/philox.h"

namespace gridstride {

struct SampleTokensArgs {
  const void* x;        // (rows, V), rows x_stride apart
  int64_t* tokens;      // (rows)
  RandomStream stream;  // greedy: not read
  int64_t rows;
  int64_t columns;  // V, from 1 to 2^31 - 1
  int64_t x_stride;
  int64_t top_k;  // 0: all
  double top_p;   // in [0, 1]; 1: all
  double min_p;   // in [0, 1]
  float temperature;
  int32_t greedy;
  DType dtype;  // floating
};

}  // namespace gridstride
