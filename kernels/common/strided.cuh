// Strided tensors on the device. A launch walks runs of kLength elements along the innermost dimension; the launcher
// (native/cuda/strided.h) has merged dimensions, chosen kLength and split what has 2^31 elements or more, so that
// indices are 32 bits here and offsets 64.
#pragma once

#include "kernels/common/elements.cuh"
#include "kernels/common/strided.h"

namespace gridstride {

// Division of numbers below 2^31 by one that is fixed for a launch (Granlund and Montgomery, "Division by Invariant
// Integers using Multiplication", PLDI 1994).
struct Divisor {
  uint32_t value = 1;
  uint32_t multiplier = 1;
  uint32_t shift = 0;

  static Divisor of(uint32_t value) {
    uint32_t shift = 0;
    while ((uint64_t{1} << shift) < value) ++shift;
    const uint64_t multiplier = (uint64_t{1} << 32) * ((uint64_t{1} << shift) - value) / value + 1;
    return {value, static_cast<uint32_t>(multiplier), shift};
  }
  __host__ __device__ __forceinline__ uint32_t quotient(uint32_t n) const {
    return (static_cast<uint32_t>(static_cast<uint64_t>(multiplier) * n >> 32) + n) >> shift;
  }
};

// What one launch covers of tensors of one shape. Dimensions from the innermost on, strides in elements.
template <int kOperands>
struct StridedRuns {
  uint32_t runs;
  uint32_t row;             // elements of the innermost dimension
  int32_t rank;             // at least 1
  Divisor sizes[kMaxRank];  // the first counts runs
  int64_t strides[kOperands][kMaxRank];

  // Element offsets of run `run`; returns how many elements it has.
  template <int kLength>
  __host__ __device__ __forceinline__ int locate(uint32_t run, int64_t (&at)[kOperands]) const {
    uint32_t rest = rank > 1 ? sizes[0].quotient(run) : 0;
    const uint32_t first = (run - rest * sizes[0].value) * kLength;
#pragma unroll
    for (int k = 0; k < kOperands; ++k) at[k] = first * strides[k][0];
#pragma unroll
    for (int d = 1; d < kMaxRank; ++d) {
      if (d >= rank) break;
      const uint32_t outer = d + 1 < rank ? sizes[d].quotient(rest) : 0;
      const uint32_t index = rest - outer * sizes[d].value;
#pragma unroll
      for (int k = 0; k < kOperands; ++k) at[k] += index * strides[k][d];
      rest = outer;
    }
    return row - first < kLength ? static_cast<int>(row - first) : kLength;
  }
};

// body(at, n) for this thread's runs: n elements from these offsets, one per operand.
template <int kLength, int kOperands, class Body>
__device__ __forceinline__ void for_each_strided(const StridedRuns<kOperands>& part, Body&& body) {
  const uint32_t step = gridDim.x * kElementThreads;
  for (uint32_t run = blockIdx.x * kElementThreads + threadIdx.x; run < part.runs; run += step) {
    int64_t at[kOperands];
    const int n = part.template locate<kLength>(run, at);
    body(at, n);
  }
}

}  // namespace gridstride
