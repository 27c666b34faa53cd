// y = value on a strided tensor of any dtype: elements as unsigned integers of their width (mapping:
// kernels/common/strided.cuh).
#pragma once

#include "kernels/common/strided.cuh"
#include "kernels/common/values.cuh"
#include "kernels/elementwise/fill.h"

namespace gridstride {

template <class T, int kLength>
__global__ void __launch_bounds__(kElementThreads, 4) fill_runs(StridedRuns<1> part, T* y, T value) {
  T values[kLength];
#pragma unroll
  for (int j = 0; j < kLength; ++j) values[j] = value;
  for_each_strided<kLength>(part, [&](const int64_t(&at)[1], int n) { store_run(y + at[0], n, values); });
}

}  // namespace gridstride
