// The last step of every loss that is a sum over rows or elements: partial sums of the blocks, added in f64 in an order
// that their count alone sets.
#pragma once

#include "kernels/common/block_sum.cuh"

namespace gridstride {

constexpr int kLossThreads = 256;
constexpr int kLossWarps = kLossThreads / kWarpSize;

// loss = sum of the partial sums / divisor, written unless null. With `weights`, partial sums too, their sum is the
// divisor. normaliser, unless null, gets the divisor.
static __global__ void __launch_bounds__(kLossThreads, 2)
    loss_finish(const double* sums, const double* weights, int64_t count, double divisor, float* loss,
                float* normaliser) {
  const double total = block_sum_of<kLossWarps>(sums, count);
  if (weights) divisor = block_sum_of<kLossWarps>(weights, count);
  if (threadIdx.x != 0) return;
  if (loss) *loss = static_cast<float>(total / divisor);
  if (normaliser) *normaliser = static_cast<float>(divisor);
}

}  // namespace gridstride
