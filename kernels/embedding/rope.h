// Rotary position embedding of packed queries or keys: pairs (a, b) of a head's first R elements turn by an angle,
//   (a cos - b sin, b cos + a sin),   angle of pair k = position * frequencies[k] in f32, cos and sin times `factor`;
// the other D - R elements stay. Pairs are (k, k + R / 2), or (2k, 2k + 1) if interleaved. `inverse` turns the other
// way, which is the gradient. y may be x where the two lie alike. Sources: Su et al., "RoFormer" (arXiv 2104.09864),
// section 3.2; `factor`: Peng et al., "YaRN" (arXiv 2309.00071), section 3.4.
#pragma once

#include <cstdint>

#include "kernels/common/dtype.h"

namespace gridstride {

struct RopeArgs {
  const void* x;             // (T, H, D), each head's elements neighbours
  const void* positions;     // (T)
  const float* frequencies;  // (R / 2)
  void* y;                   // (T, H, D), contiguous
  int64_t tokens;            // T
  int64_t heads;             // H
  int64_t size;              // D
  int64_t pairs;             // R / 2, at most D / 2
  int64_t x_token_stride;
  int64_t x_head_stride;
  float factor;
  int32_t interleaved;
  int32_t inverse;
  DType dtype;           // floating
  DType position_dtype;  // i64 or i32
};

}  // namespace gridstride
