// Layer norm and RMS norm are one computation: without centring, the mean is zero and there is no beta.
#pragma once

#include "kernels/norm/layer_norm.h"
#include "native/cpu/run.h"

namespace gridstride::cpu {

void normalize_forward(const LayerNormForwardArgs& args, bool centred, Run& run);
void normalize_backward(const LayerNormBackwardArgs& args, bool centred, Run& run);

// gamma and beta as f32 rows (ones and zeros where absent) and the chunk sums of dgamma and dbeta.
struct NormWork {
  float* gamma;            // (C)
  float* beta;             // (C)
  float* partial;          // (chunks, 2, C)
  int64_t rows_per_chunk;  // from the number of rows alone
};
struct NormParameters {
  const void* gamma;
  const void* beta;
  DType dtype;
};
// In the workspace; with room for chunk sums of `rows` rows.
NormWork prepare_norm(const NormParameters& parameters, int64_t rows, int64_t channels, Run& run);

}  // namespace gridstride::cpu
