// Elements by index along one dimension (gather.h), mapping: kernels/common/strided.cuh. An index out of range, which
// the CPU throws for, is reported and gives NaN (0 in integers).
#pragma once

#include "kernels/common/faults.cuh"
#include "kernels/common/strided.cuh"
#include "kernels/common/values.cuh"
#include "kernels/layout/gather.h"

namespace gridstride {

struct GatherIndex {
  const void* index;
  DType dtype;
  int64_t size;  // indices lie in [0, size)

  // -1: out of range.
  __device__ __forceinline__ int64_t at(int64_t offset) const {
    const int64_t i = load_index(index, dtype, offset);
    return i >= 0 && i < size ? i : -1;
  }
  // The same, and said so. A sink without memory hears nothing: a forward pass has reported.
  __device__ __forceinline__ int64_t at(int64_t offset, const FaultSink& faults) const {
    const int64_t i = at(offset);
    if (i < 0 && faults.fault) report_fault(faults, FaultKind::index, load_index(index, dtype, offset), offset, size);
    return i;
  }
};

// Operands of the part: y, index, x without the index, whose elements are x_step apart.
template <class T>
__global__ void __launch_bounds__(kElementThreads, 4)
    gather_elements(StridedRuns<3> part, GatherIndex index, FaultSink faults, const T* x, T* y, int64_t x_step, T bad) {
  for_each_strided<1>(part, [&](const int64_t(&at)[3], int) {
    const int64_t i = index.at(at[1], faults);
    y[at[0]] = i < 0 ? bad : x[at[2] + i * x_step];
  });
}

}  // namespace gridstride
