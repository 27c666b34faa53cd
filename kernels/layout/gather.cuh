// Elements by index along one dimension (gather.h), mapping: kernels/common/strided.cuh. An index out of range, which
// the CPU throws for, is reported and gives NaN (0 in integers) and no gradient. Backward adds into sums that begin as
// zeros, in f32:
//   columns   one thread per column along `dim` adds the column's gradients one after another: no two threads share a
//             sum.
//   sorted    few long columns: positions sorted by the sum they belong to (radix_sort.cuh), then one thread per sum.
#pragma once

#include "kernels/common/faults.cuh"
#include "kernels/common/sorted_keys.cuh"
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
};

// Operands of the part: y, index, x without the index, whose elements are x_step apart.
template <class T>
__global__ void __launch_bounds__(kElementThreads, 4)
    gather_elements(StridedRuns<3> part, GatherIndex index, FaultSink faults, const T* x, T* y, int64_t x_step, T bad) {
  for_each_strided<1>(part, [&](const int64_t(&at)[3], int) {
    const int64_t i = index.at(at[1]);
    if (i < 0) report_fault(faults, FaultKind::index, load_index(index.index, index.dtype, at[1]), at[1], index.size);
    y[at[0]] = i < 0 ? bad : x[at[2] + i * x_step];
  });
}

// A column along `dim`: elements, and the steps between them.
struct GatherColumn {
  int64_t length, dy_step, index_step, sum_step;
};

// Operands of the part: dy, index, sums.
template <class T>
__global__ void __launch_bounds__(kElementThreads, 4)
    gather_backward_columns(StridedRuns<3> part, GatherIndex index, GatherColumn column, const T* dy, float* sums) {
  for_each_strided<1>(part, [&](const int64_t(&at)[3], int) {
    for (int64_t k = 0; k < column.length; ++k) {
      const int64_t i = index.at(at[1] + k * column.index_step);
      if (i >= 0) sums[at[2] + i * column.sum_step] += widen(dy[at[0] + k * column.dy_step]);
    }
  });
}

// keys[position] = column * size + index, or `none`; a column's `length` positions are neighbours.
static __global__ void __launch_bounds__(kElementThreads, 4)
    gather_keys(StridedRuns<1> part, GatherIndex index, uint32_t length, uint32_t none, uint32_t* keys) {
  for_each_run<1>(0, part.runs, [&](int64_t position) {
    int64_t at[1];
    part.template locate<1>(static_cast<uint32_t>(position), at);
    const int64_t i = index.at(at[0]);
    keys[position] =
        i < 0 ? none
              : static_cast<uint32_t>(position) / length * static_cast<uint32_t>(index.size) + static_cast<uint32_t>(i);
  });
}

struct SortedGather {
  const uint32_t* keys;
  const uint32_t* positions;
  uint32_t count;
  StridedRuns<1> dy;    // by position
  StridedRuns<1> sums;  // by key
};

template <class T>
__global__ void __launch_bounds__(kElementThreads, 4)
    gather_backward_sorted(SortedGather sorted, const T* dy, float* sums) {
  for_each_run<1>(0, sorted.sums.runs, [&](int64_t run) {
    const uint32_t key = static_cast<uint32_t>(run);
    float sum = 0;
    int64_t at[1];
    for (uint32_t i = first_of_key(sorted.keys, sorted.count, key); i < sorted.count && sorted.keys[i] == key; ++i) {
      sorted.dy.template locate<1>(sorted.positions[i], at);
      sum += widen(dy[at[0]]);
    }
    sorted.sums.template locate<1>(key, at);
    sums[at[0]] = sum;
  });
}

}  // namespace gridstride
