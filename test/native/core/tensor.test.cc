// Shapes, views and storages.
#include "native/core/tensor.h"

#include "native/ops/check.h"
#include "test/native/core/fake_device.h"
#include "test/native/kernel_check.h"

namespace gridstride::ops {

Tensor reshape(const Tensor& x, const std::vector<int64_t>& sizes);
Tensor permute(const Tensor& x, const std::vector<int64_t>& axes);
Tensor slice(const Tensor& x, int64_t axis, int64_t begin, int64_t end);
Tensor expand(const Tensor& x, const std::vector<int64_t>& sizes);

}  // namespace gridstride::ops

using namespace gridstride;
using namespace gridstride::test;

namespace {

constexpr int64_t kHuge = int64_t{1} << 40;

void checks_shapes() {
  check(Shape({2, 3, 4}).numel() == 24 && Shape({2, 3, 4}).rows() == 6, "shape: counts");
  check(Shape{}.numel() == 1 && Shape({5, 0}).numel() == 0, "shape: scalar and empty");
  check(Shape({2, 3}).text() == "(2, 3)" && Shape({2, 3})[-1] == 3, "shape: text and negative index");
  check(error_of([] { Shape({-1}); }) == ErrorCode::kShape, "shape: no negative size");
  check(error_of([] { Shape(std::vector<int64_t>(9, 1)); }) == ErrorCode::kShape, "shape: at most 8 dimensions");
  check(error_of([] { Shape({kHuge, kHuge}); }) == ErrorCode::kShape, "shape: no overflow");
  check(error_of([] { Shape({kHuge, kHuge, 0}); }) == ErrorCode::kShape, "shape: no overflow beside a zero");
  check(normalize_axis("t", -1, 3) == 2 && normalize_axis("t", 0, 3) == 0, "shape: axes");
  check(error_of([] { normalize_axis("t", 3, 3); }) == ErrorCode::kShape, "shape: an axis out of range");
  check(broadcast_shapes("t", {2, 1, 4}, {3, 1}) == Shape({2, 3, 4}), "shape: broadcast");
  check(broadcast_shapes("t", {0, 4}, {1, 4}) == Shape({0, 4}), "shape: broadcast of nothing");
  check(error_of([] { broadcast_shapes("t", {2}, {3}); }) == ErrorCode::kShape, "shape: no broadcast");
}

void checks_views() {
  FakeDevice fake;
  const Tensor x = empty(fake.device, DType::f32, {2, 3, 4});
  check(x.is_contiguous() && x.has_uniform_rows() && x.row_stride() == 4, "tensor: dense");
  const Tensor turned = ops::permute(x, {0, 2, 1});
  check(!turned.is_contiguous() && !turned.has_uniform_rows(), "tensor: transposed");
  const Tensor part = ops::slice(x, 1, 1, 3);
  check(part.offset == 4 && !part.is_contiguous() && !part.has_uniform_rows(), "tensor: sliced in the middle");
  const Tensor narrow = ops::slice(x, -1, 1, 3);
  check(narrow.has_uniform_rows() && narrow.row_stride() == 4, "tensor: rows of a narrow slice");
  check(ops::slice(x, 0, 1, 1).numel() == 0, "tensor: an empty slice");
  check(ops::expand(ops::slice(x, 0, 0, 1), {5, 3, 4}).stride(0) == 0, "tensor: expanded");
  check(ops::reshape(x, {-1, 4}).shape == Shape({6, 4}), "tensor: reshaped");
  check(error_of([&] { ops::reshape(x, {-1, 5}); }) == ErrorCode::kShape, "tensor: sizes that do not fit");
  check(error_of([&] { ops::reshape(x, {kHuge, kHuge, -1}); }) == ErrorCode::kShape, "tensor: sizes that overflow");
  check(error_of([&] { ops::reshape(x, {-2, -12}); }) == ErrorCode::kShape, "tensor: negative sizes");
  check(x.text() == "f32 (2, 3, 4)" && parse_dtype("bf16") == DType::bf16, "tensor: names");
  check(error_of([] { parse_dtype("f8"); }) == ErrorCode::kDType, "tensor: an unknown dtype");
}

void checks_storages() {
  FakeDevice fake;
  const CachingAllocator& allocator = fake.device.allocator();
  auto storage = fake.device.new_storage(1000);
  check(allocator.stats().live_blocks == 0, "storage: takes no memory before it is written");
  storage->ensure_allocated();
  void* data = storage->data();
  storage->ensure_allocated();
  check(storage->data() == data && allocator.stats().live_blocks == 1, "storage: takes it once");
  const auto second = storage;
  storage.reset();
  check(allocator.stats().live_blocks == 1, "storage: lives while someone holds it");
  auto nothing = fake.device.new_storage(0);
  check(nothing->fill_in_place() == nullptr, "storage: of no bytes has no memory");
  auto filled = fake.device.new_storage(64);
  check(filled->fill_in_place() != nullptr && filled->data() != nullptr, "storage: filled by its maker");
}

}  // namespace

int main() {
  checks_shapes();
  checks_views();
  checks_storages();
  return test::close();
}
