// Elements that go by index to places along one dimension (scatter.h, and gather.h backward), mapping:
// kernels/common/strided.cuh. scatter_add and gather's backward add into sums that begin as x or as zeros, in f32;
// scatter replaces elements of a copy of x. An index out of range, which the CPU throws for, is reported and changes
// nothing.
//   columns   one thread per column along `dim` takes the column's elements one after another: no two threads share a
//             place.
//   sorted    few long columns: positions sorted by the place they go to (radix_sort.cuh), then one thread per sum, or
//             per position that is the last of its place.
#pragma once

#include "kernels/common/sorted_keys.cuh"
#include "kernels/layout/gather.cuh"
#include "kernels/layout/scatter.h"

namespace gridstride {

// A column along `dim`: elements, and the steps between them.
struct IndexColumn {
  int64_t length, source_step, index_step, to_step;
};

// Operands of the part: source, index, sums.
template <class T>
__global__ void __launch_bounds__(kElementThreads, 4)
    add_columns(StridedRuns<3> part, GatherIndex index, FaultSink faults, IndexColumn column, const T* source,
                float* sums) {
  for_each_strided<1>(part, [&](const int64_t(&at)[3], int) {
    for (int64_t k = 0; k < column.length; ++k) {
      const int64_t i = index.at(at[1] + k * column.index_step, faults);
      if (i >= 0) sums[at[2] + i * column.to_step] += widen(source[at[0] + k * column.source_step]);
    }
  });
}

// Operands of the part: source, index, y.
template <class T>
__global__ void __launch_bounds__(kElementThreads, 4)
    replace_columns(StridedRuns<3> part, GatherIndex index, FaultSink faults, IndexColumn column, const T* source,
                    T* y) {
  for_each_strided<1>(part, [&](const int64_t(&at)[3], int) {
    for (int64_t k = 0; k < column.length; ++k) {
      const int64_t i = index.at(at[1] + k * column.index_step, faults);
      if (i >= 0) y[at[2] + i * column.to_step] = source[at[0] + k * column.source_step];
    }
  });
}

// keys[position] = column * size + index, or `none`; a column's `length` positions are neighbours.
static __global__ void __launch_bounds__(kElementThreads, 4)
    index_keys(StridedRuns<1> part, GatherIndex index, FaultSink faults, uint32_t length, uint32_t none,
               uint32_t* keys) {
  for_each_run<1>(0, part.runs, [&](int64_t position) {
    int64_t at[1];
    part.template locate<1>(static_cast<uint32_t>(position), at);
    const int64_t i = index.at(at[0], faults);
    keys[position] =
        i < 0 ? none
              : static_cast<uint32_t>(position) / length * static_cast<uint32_t>(index.size) + static_cast<uint32_t>(i);
  });
}

struct SortedIndex {
  const uint32_t* keys;
  const uint32_t* positions;
  uint32_t count;
  uint32_t none;
  StridedRuns<1> source;  // by position
  StridedRuns<1> to;      // by key
};

template <class T>
__global__ void __launch_bounds__(kElementThreads, 4) add_sorted(SortedIndex sorted, const T* source, float* sums) {
  for_each_run<1>(0, sorted.to.runs, [&](int64_t run) {
    const uint32_t key = static_cast<uint32_t>(run);
    int64_t to[1], at[1];
    sorted.to.template locate<1>(key, to);
    float sum = sums[to[0]];
    for (uint32_t i = first_of_key(sorted.keys, sorted.count, key); i < sorted.count && sorted.keys[i] == key; ++i) {
      sorted.source.template locate<1>(sorted.positions[i], at);
      sum += widen(source[at[0]]);
    }
    sums[to[0]] = sum;
  });
}

template <class T>
__global__ void __launch_bounds__(kElementThreads, 4) replace_sorted(SortedIndex sorted, const T* source, T* y) {
  for_each_run<1>(0, sorted.count, [&](int64_t i) {
    const uint32_t key = sorted.keys[i];
    if (key == sorted.none || (i + 1 < sorted.count && sorted.keys[i + 1] == key)) return;
    int64_t to[1], at[1];
    sorted.to.template locate<1>(key, to);
    sorted.source.template locate<1>(sorted.positions[i], at);
    y[to[0]] = source[at[0]];
  });
}

}  // namespace gridstride
