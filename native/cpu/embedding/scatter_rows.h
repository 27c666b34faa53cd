// Sums rows that share an id, in order: the backward pass of every selection by row.
#pragma once

#include "native/cpu/run.h"
#include "native/cpu/storage.h"

namespace gridstride::cpu {

// Throws Error(kData) naming the first id outside [0, size); -1 passes with allow_missing.
void check_ids(const char* op, const void* ids, DType id_dtype, int64_t count, int64_t size, bool allow_missing);

struct ScatterRows {
  const void* rows;  // (outer, count, inner) dtype
  const void* ids;   // (count), ids outside [0, size) and `skip` are left out
  void* sums;        // (outer, size, inner) sum_dtype
  int64_t outer, size, count, inner, skip;
  DType dtype, sum_dtype, id_dtype;
};
void scatter_rows(const ScatterRows& args, Run& run);

// One target row: the sum of n rows, `inner` elements each, found at order[0 .. n).
struct RowSum {
  const void* rows;
  const int32_t* order;
  void* sum;
  float* scratch;  // (inner)
  int64_t n, inner;
  DType dtype, sum_dtype;
};

}  // namespace gridstride::cpu
