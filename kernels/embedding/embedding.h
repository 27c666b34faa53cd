// Rows of a table by id: y[t] = table[ids[t]]; dtable[v] = sum of dy[t] over t with ids[t] = v, in order of t.
// An id outside [0, V) throws Error(kData); with allow_missing, -1 gives a row of zeros (it unpacks padded positions).
// The sum is f32 (f64 for f64), ids are brought in order by a stable counting sort: no atomics, the same bits always.
#pragma once

#include <cstdint>

#include "kernels/common/dtype.h"

namespace gridstride {

struct EmbeddingForwardArgs {
  const void* table;   // (V, C) table_dtype
  const void* ids;     // (T) id_dtype
  void* y;             // (T, C) dtype
  int64_t rows;        // T
  int64_t vocabulary;  // V
  int64_t channels;    // C
  int32_t allow_missing;
  DType dtype;  // any; differs from table_dtype only among f32, bf16 and f16
  DType table_dtype;
  DType id_dtype;  // i64 or i32
};

struct EmbeddingBackwardArgs {
  const void* dy;   // (T, C) dtype
  const void* ids;  // (T)
  void* dtable;     // (V, C) gradient_dtype, written whole
  int64_t rows;
  int64_t vocabulary;
  int64_t channels;
  int64_t padding_index;  // this id's row gets no gradient; -1: none
  DType dtype;
  DType gradient_dtype;  // dtype, or f32 for bf16 and f16
  DType id_dtype;
};

}  // namespace gridstride
