// What selections of rows by id check alike.
#pragma once

#include "native/ops/check.h"

namespace gridstride::ops {

inline void check_embedding(const char* op, const Tensor& ids, const Shape& table) {
  check_index_dtype(op, "ids", ids);
  if (table.rank != 2) fail_shape(op, "the table must have 2 dimensions, got " + table.text());
  if (ids.shape.rank + 1 > kMaxRank) fail_shape(op, "ids have too many dimensions, got " + ids.shape.text());
}

inline Shape rows_shape(const Shape& ids, int64_t channels) {
  Shape shape = ids;
  shape.dims[shape.rank++] = channels;
  return shape;
}

}  // namespace gridstride::ops
