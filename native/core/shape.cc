#include "native/core/shape.h"

#include <algorithm>

#include "native/core/error.h"

namespace gridstride {

Shape::Shape(std::initializer_list<int64_t> sizes) : Shape(std::vector<int64_t>(sizes)) {}

Shape::Shape(const std::vector<int64_t>& sizes) : rank(static_cast<int32_t>(sizes.size())) {
  if (sizes.size() > kMaxRank)
    throw Error(ErrorCode::kShape, "shape: at most 8 dimensions, got " + std::to_string(sizes.size()));
  // The element count must stay far from overflow whatever a file claims.
  __int128 product = 1;
  for (size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] < 0)
      throw Error(ErrorCode::kShape, "shape: sizes must not be negative, got " + std::to_string(sizes[i]));
    dims[i] = sizes[i];
    product *= std::max<int64_t>(sizes[i], 1);
    if (product > (int64_t{1} << 53)) throw Error(ErrorCode::kShape, "shape: too many elements");
  }
}

int64_t Shape::numel() const {
  int64_t product = 1;
  for (int i = 0; i < rank; ++i) product *= dims[i];
  return product;
}

int64_t Shape::rows() const {
  int64_t product = 1;
  for (int i = 0; i + 1 < rank; ++i) product *= dims[i];
  return product;
}

bool Shape::operator==(const Shape& other) const {
  return rank == other.rank && std::equal(dims, dims + rank, other.dims);
}

std::string Shape::text() const {
  std::string out = "(";
  for (int i = 0; i < rank; ++i) out += (i > 0 ? ", " : "") + std::to_string(dims[i]);
  return out + ")";
}

int normalize_axis(const char* op, int64_t axis, int rank) {
  if (axis < -rank || axis >= rank)
    throw Error(ErrorCode::kShape, std::string(op) + ": axis must lie in [" + std::to_string(-rank) + ", " +
                                       std::to_string(rank) + "), got " + std::to_string(axis));
  return static_cast<int>(axis < 0 ? axis + rank : axis);
}

Shape broadcast_shapes(const char* op, const Shape& a, const Shape& b) {
  Shape out;
  out.rank = std::max(a.rank, b.rank);
  for (int i = 0; i < out.rank; ++i) {
    const int ia = i - (out.rank - a.rank), ib = i - (out.rank - b.rank);
    const int64_t da = ia < 0 ? 1 : a.dims[ia], db = ib < 0 ? 1 : b.dims[ib];
    if (da != db && da != 1 && db != 1)
      throw Error(ErrorCode::kShape, std::string(op) + ": shapes must broadcast, got " + a.text() + " and " + b.text());
    out.dims[i] = da == 1 ? db : da;
  }
  return out;
}

}  // namespace gridstride
