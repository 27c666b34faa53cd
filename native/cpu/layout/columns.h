// Columns along `dim` of tensors of the Args' sizes: every combination of the other dimensions.
#pragma once

#include <cstdint>
#include <string>

#include "native/core/error.h"

namespace gridstride::cpu {

// Where a column's first element lies.
template <class Args>
int64_t column_offset(const Args& args, int64_t column, const int64_t* strides) {
  int64_t at = 0;
  for (int d = args.rank - 1; d >= 0; --d) {
    if (d == args.dim) continue;
    at += column % args.sizes[d] * strides[d];
    column /= args.sizes[d];
  }
  return at;
}

template <class Args>
int64_t column_count(const Args& args) {
  int64_t count = 1;
  for (int d = 0; d < args.rank; ++d)
    if (d != args.dim) count *= args.sizes[d];
  return count;
}

// Throws Error(kData) unless the index lies in [0, size). `position`: in its column.
inline void check_index(const char* op, int64_t index, int64_t size, int64_t position) {
  if (index >= 0 && index < size) return;
  throw Error(ErrorCode::kData,
              std::string(op) + ": indices must lie in [0, " + std::to_string(size) + "), got " +
                  std::to_string(index) + " at position " + std::to_string(position) + " of its column",
              {{"index", static_cast<double>(index)}, {"size", static_cast<double>(size)}});
}

}  // namespace gridstride::cpu
