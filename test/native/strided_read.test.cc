// Strided ranges of a file: every element in its place, each byte asked for once at most, nothing beyond the range.
#include "native/io/strided_read.h"

#include <cstring>
#include <string>
#include <vector>

#include "test/native/kernel_check.h"

using namespace gridstride;
using namespace gridstride::test;

namespace {

io::TensorRange range_of(const Shape& shape, const std::vector<int64_t>& strides, const char* dtype, int64_t begin) {
  io::TensorRange range;
  range.dtype = io::find_file_dtype(dtype);
  range.shape = shape;
  for (size_t i = 0; i < strides.size(); ++i) range.strides[i] = strides[i];
  range.begin = begin;
  return range;
}

// Element i of the file, counted from `begin`, holds i.
template <class Element>
void reads(const Shape& shape, const std::vector<int64_t>& strides, const char* dtype) {
  constexpr int64_t kBegin = 3;  // not aligned: formats promise nothing
  constexpr auto kBytes = static_cast<int64_t>(sizeof(Element));
  const io::TensorRange range = range_of(shape, strides, dtype, kBegin);
  const std::string name = std::string(dtype) + " " + shape.text();
  int64_t span = 1, asked = 0;
  for (size_t i = 0; i < strides.size(); ++i) span += (shape.dims[i] - 1) * strides[i];
  bool is_inside = true;
  std::vector<Element> dense(static_cast<size_t>(shape.numel()));
  io::StridedRead(range, [&](int64_t at, std::byte* target, int64_t bytes) {
    is_inside = is_inside && at >= kBegin && at + bytes <= kBegin + span * kBytes && (at - kBegin) % kBytes == 0;
    asked += bytes;
    for (int64_t i = 0; i < bytes / kBytes; ++i) {
      const auto value = static_cast<Element>((at - kBegin) / kBytes + i);
      std::memcpy(target + i * kBytes, &value, sizeof value);
    }
  }).into(reinterpret_cast<std::byte*>(dense.data()));
  check(is_inside, name + ": reads inside of its range");
  check(asked <= span * kBytes + io::kChunkBytes, name + ": reads its range once");
  int64_t wrong = 0;
  for (int64_t i = 0; i < shape.numel(); ++i) {
    int64_t rest = i, place = 0;
    for (int axis = shape.rank - 1; axis >= 0; --axis) {
      place += rest % shape.dims[axis] * strides[static_cast<size_t>(axis)];
      rest /= shape.dims[axis];
    }
    wrong += dense[static_cast<size_t>(i)] == static_cast<Element>(place) ? 0 : 1;
  }
  check(wrong == 0, name + ": every element is in its place");
}

void knows_dense_ranges() {
  check(io::is_dense(range_of({2, 3}, {3, 1}, "F32", 0)), "dense");
  check(io::is_dense(range_of({1, 3, 1}, {77, 1, 5}, "F32", 0)), "strides of single elements do not matter");
  check(io::is_dense(range_of({}, {}, "F32", 0)), "a scalar is dense");
  check(io::is_dense(range_of({2, 0}, {9, 9}, "F32", 0)), "what has no elements is dense");
  check(!io::is_dense(range_of({2, 3}, {1, 2}, "F32", 0)), "transposed");
  check(!io::is_dense(range_of({2, 3}, {6, 2}, "F32", 0)), "every other element");
  check(!io::is_dense(range_of({2}, {0}, "F32", 0)), "repeated");
}

}  // namespace

int main() {
  knows_dense_ranges();
  reads<int32_t>({3, 2}, {1, 3}, "I32");
  reads<int64_t>({2, 3, 4}, {1, 2, 6}, "I64");
  reads<int16_t>({5, 3}, {7, 2}, "F16");
  reads<uint8_t>({2, 1, 3}, {5, 0, 2}, "U8");
  reads<int32_t>({3, 4}, {0, 1}, "I32");
  reads<int32_t>({1, 1}, {9, 9}, "I32");
  // Longer than the window, then with gaps that are longer.
  reads<int64_t>({3, 1 << 20}, {1, 3}, "I64");
  reads<int64_t>({2, 2, 2}, {1, 5 << 20, 20 << 20}, "I64");
  return test::close();
}
