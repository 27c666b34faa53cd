// Rows of a tensor by id: y[o, k] = x[o, ids[k]]. A thread takes kLength neighbours of a row at a time (mapping:
// kernels/common/strided.cuh), so that reads and writes coalesce for rows of any length. An id out of range reads
// nothing and is reported: its row is the `bad` value, for floating dtypes NaN.
#pragma once

#include "kernels/common/faults.cuh"
#include "kernels/common/row.cuh"
#include "kernels/common/strided.cuh"
#include "kernels/common/values.cuh"

namespace gridstride {

struct IdList {
  const void* ids;
  DType dtype;
  int64_t size;           // ids lie in [0, size)
  int32_t allow_missing;  // -1 gives a row of zeros
  FaultSink faults;

  __device__ __forceinline__ bool is_missing(int64_t id, int64_t position) const {
    if (allow_missing && id == -1) return true;
    report_fault(faults, FaultKind::index, id, position, size);
    return false;
  }
};

// Operands of the part: y, the position in ids, x without the id's rows of x_row elements.
template <class T, int kLength>
__global__ void __launch_bounds__(kElementThreads, 4)
    copy_rows_by_id(StridedRuns<3> part, IdList list, const T* x, T* y, int64_t x_row, T bad) {
  for_each_strided<kLength>(part, [&](const int64_t(&at)[3], int n) {
    const int64_t id = load_index(list.ids, list.dtype, at[1]);
    T values[kLength];
    if (id >= 0 && id < list.size) {
      load_run(x + at[2] + id * x_row, 1, n, values);
    } else {
      const T value = list.is_missing(id, at[1]) ? T{} : bad;
#pragma unroll
      for (int j = 0; j < kLength; ++j) values[j] = value;
    }
    store_run(y + at[0], n, values);
  });
}

// The same where x has another floating dtype.
template <class T, int kLength>
__global__ void __launch_bounds__(kElementThreads, 4)
    convert_rows_by_id(StridedRuns<3> part, IdList list, const void* x, DType x_dtype, T* y, int64_t x_row) {
  for_each_strided<kLength>(part, [&](const int64_t(&at)[3], int n) {
    const int64_t id = load_index(list.ids, list.dtype, at[1]);
    float values[kLength];
    if (id >= 0 && id < list.size) {
      load_parameters(x, x_dtype, at[2] + id * x_row, 0.0f, values);
    } else {
      const float value = list.is_missing(id, at[1]) ? 0.0f : __builtin_nanf("");
#pragma unroll
      for (int j = 0; j < kLength; ++j) values[j] = value;
    }
    T rounded[kLength];
#pragma unroll
    for (int j = 0; j < kLength; ++j) rounded[j] = narrow<T>(values[j]);
    store_run(y + at[0], n, rounded);
  });
}

}  // namespace gridstride
