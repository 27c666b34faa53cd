// Sizes of a tensor, by value: no allocation on the path of an op call.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "kernels/common/strided.h"

namespace gridstride {

struct Shape {
  int32_t rank = 0;
  int64_t dims[kMaxRank] = {};

  Shape() = default;
  Shape(std::initializer_list<int64_t> sizes);
  explicit Shape(const std::vector<int64_t>& sizes);

  int64_t operator[](int i) const { return dims[i < 0 ? i + rank : i]; }
  int64_t numel() const;
  bool operator==(const Shape& other) const;
  // "(2, 3)"
  std::string text() const;
  // This shape without its last dimension as one count of rows.
  int64_t rows() const;
};

// An axis in [-rank, rank) made non-negative; throws Error(kShape) naming `op`.
int normalize_axis(const char* op, int64_t axis, int rank);

// Shape of a broadcast pair after NumPy's rules; throws Error(kShape) naming `op`.
Shape broadcast_shapes(const char* op, const Shape& a, const Shape& b);

}  // namespace gridstride
