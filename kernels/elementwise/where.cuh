// y = condition ? a : b on strided tensors of any dtype: elements as unsigned integers of their width (mapping:
// kernels/common/strided.cuh). Both a and b are read: a run's elements seldom agree.
#pragma once

#include "kernels/common/strided.cuh"
#include "kernels/common/values.cuh"
#include "kernels/elementwise/where.h"

namespace gridstride {

// Operands of the part: condition, a, b, y.
template <class T, int kLength>
__global__ void __launch_bounds__(kElementThreads, 4)
    where_runs(StridedRuns<4> part, const uint8_t* condition, const T* a, const T* b, T* y) {
  for_each_strided<kLength>(part, [&](const int64_t(&at)[4], int n) {
    uint8_t chosen[kLength];
    T x[kLength], z[kLength];
    load_run(condition + at[0], part.strides[0][0], n, chosen);
    load_run(a + at[1], part.strides[1][0], n, x);
    load_run(b + at[2], part.strides[2][0], n, z);
#pragma unroll
    for (int j = 0; j < kLength; ++j) x[j] = chosen[j] != 0 ? x[j] : z[j];
    store_run(y + at[3], n, x);
  });
}

}  // namespace gridstride
