// Grids of one-dimensional launches over elements (kernels/common/elements.cuh).
#pragma once

#include <algorithm>

#include "kernels/common/device.cuh"
#include "kernels/common/elements.cuh"
#include "native/cuda/dispatch.h"

namespace gridstride::cuda {

// More blocks than the largest device runs at once gain nothing: a thread takes several runs then.
constexpr int64_t kMaxBlocks = 2048;

inline unsigned grid_for(int64_t runs) {
  return static_cast<unsigned>(std::min<int64_t>(kMaxBlocks, blocks_for(runs, kElementThreads)));
}

// The whole vectors of an aligned tensor, then the rest: launch_vectors(whole) and launch_elements(first).
template <class T, class Vectors, class Elements>
void cover(int64_t count, bool aligned, const Vectors& launch_vectors, const Elements& launch_elements) {
  const int64_t whole = aligned ? count / kVectorLength<T> * kVectorLength<T> : 0;
  if (whole > 0) launch_vectors(whole);
  if (whole < count) launch_elements(whole);
}

}  // namespace gridstride::cuda
