// Shapes with strides for the tests of strided kernels.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "test/kernels/emulated_run.h"

namespace gridstride::test {

using Sizes = std::vector<int64_t>;

inline Sizes contiguous(const Sizes& sizes) {
  Sizes strides(sizes.size());
  int64_t step = 1;
  for (size_t d = sizes.size(); d-- > 0;) {
    strides[d] = step;
    step *= sizes[d];
  }
  return strides;
}
inline int64_t product(const Sizes& sizes) {
  int64_t count = 1;
  for (const int64_t size : sizes) count *= size;
  return count;
}
// Elements from the first to the last one that is addressed.
inline int64_t extent(const Sizes& sizes, const Sizes& strides) {
  int64_t last = 0;
  for (size_t d = 0; d < sizes.size(); ++d) last += (sizes[d] - 1) * strides[d];
  return product(sizes) == 0 ? 0 : last + 1;
}
template <size_t N>
void put(int64_t (&to)[N], const Sizes& from) {
  std::copy(from.begin(), from.end(), to);
}

// Two operands, a and b, and a result.
struct StridedCase {
  const char* name;
  Sizes sizes, a, b, y;
  int64_t shift = 0;  // elements that a lies behind an aligned address
};

inline const std::vector<StridedCase>& strided_cases() {
  static const std::vector<StridedCase> cases = {
      {"empty", {3, 0}, {0, 1}, {0, 1}, {0, 1}},
      {"scalar", {}, {}, {}, {}},
      {"one row", {37}, {1}, {1}, {1}},
      {"misaligned", {64}, {1}, {1}, {1}, 1},
      {"merged", {3, 5, 16}, {80, 16, 1}, {80, 16, 1}, {80, 16, 1}},
      {"row broadcast, odd", {5, 67}, {67, 1}, {0, 1}, {67, 1}},
      {"row broadcast", {5, 64}, {64, 1}, {0, 1}, {64, 1}},
      {"column broadcast", {5, 64}, {1, 0}, {64, 1}, {64, 1}},
      {"middle broadcast", {3, 4, 32}, {128, 32, 1}, {32, 0, 1}, {128, 32, 1}},
      {"scalar operand", {5, 67}, {0, 0}, {67, 1}, {67, 1}},
      {"a slice of rows", {4, 32}, {48, 1}, {32, 1}, {64, 1}},
      {"an odd slice", {4, 32}, {33, 1}, {32, 1}, {32, 1}},
      {"transposed", {13, 9}, {1, 13}, {9, 1}, {9, 1}},
      {"all transposed", {16, 32}, {1, 16}, {1, 16}, {1, 16}},
      {"written transposed", {12, 16}, {16, 1}, {16, 1}, {1, 12}},
      {"every second", {4, 3, 19}, {114, 38, 2}, {57, 19, 1}, {114, 38, 2}},
      {"rank 8",
       {2, 1, 3, 2, 1, 2, 2, 5},
       {120, 120, 40, 20, 20, 10, 5, 1},
       {0, 0, 1, 3, 0, 6, 0, 12},
       {120, 120, 40, 20, 20, 10, 5, 1}},
      {"rank 8, nothing merges",
       {2, 2, 2, 2, 2, 2, 2, 3},
       {1, 2, 4, 8, 16, 32, 64, 128},
       {192, 96, 48, 24, 12, 6, 3, 1},
       {192, 96, 48, 24, 12, 6, 3, 1}},
  };
  return cases;
}

// Elements of a tensor; small whole numbers for integers, so that nothing overflows.
inline Buffer numbers(DType dtype, int64_t count, uint64_t seed, double scale, double shift) {
  Buffer x(dtype, count, seed, scale, shift);
  for (int64_t i = 0; i < count && dtype == DType::boolean; ++i)
    x.set(i, (i * 7 + static_cast<int64_t>(seed)) % 3 == 0);
  return x;
}

inline char* at_element(Buffer& buffer, int64_t element) {
  return static_cast<char*>(buffer.data()) + element * dtype_size(buffer.dtype());
}

}  // namespace gridstride::test
