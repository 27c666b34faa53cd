// Selection by id: embedding, index_select and gather, forward and their ordered scatter-add backward.
#include "kernels/embedding/embedding.h"

#include "kernels/layout/gather.h"
#include "kernels/layout/index_select.h"
#include "test/native/kernel_compare.h"

namespace gridstride::cpu {
void embedding_forward(const EmbeddingForwardArgs& args, Run& run);
void embedding_backward(const EmbeddingBackwardArgs& args, Run& run);
void index_select_forward(const IndexSelectForwardArgs& args, Run& run);
void index_select_backward(const IndexSelectBackwardArgs& args, Run& run);
void gather_forward(const GatherForwardArgs& args, Run& run);
void gather_backward(const GatherBackwardArgs& args, Run& run);
}  // namespace gridstride::cpu

namespace gridstride::test {
namespace {

Buffer random_ids(DType dtype, int64_t count, int64_t size) {
  Buffer ids(dtype, count);
  Sequence sequence(8);
  // A third of them is id 0, so that one row gathers many gradients.
  for (int64_t i = 0; i < count; ++i) ids.set(i, i % 3 == 0 ? 0.0 : static_cast<double>(sequence.below(size)));
  return ids;
}

void embedding_case(DType dtype, DType table_dtype, DType id_dtype, int64_t rows, int64_t channels) {
  constexpr int64_t kVocabulary = 31;
  Buffer table(table_dtype, kVocabulary * channels, 1), dy(dtype, rows * channels, 2);
  Buffer ids = random_ids(id_dtype, rows, kVocabulary);
  if (rows > 2) ids.set(2, -1);
  const auto name = label("embedding", cpu::Isa::reference, dtype, rows, channels);
  const Pass pass = [&](cpu::Run& run) {
    const DType wide = dtype == DType::f64 ? DType::f64 : DType::f32;
    Outputs out = {Buffer(dtype, rows * channels), Buffer(wide, kVocabulary * channels),
                   Buffer(dtype, kVocabulary * channels)};
    cpu::embedding_forward(
        {table.data(), ids.data(), out[0].data(), rows, kVocabulary, channels, 1, dtype, table_dtype, id_dtype}, run);
    for (const size_t k : {size_t{1}, size_t{2}})
      cpu::embedding_backward({dy.data(), ids.data(), out[k].data(), rows, kVocabulary, channels, k == 1 ? -1 : 5,
                               dtype, out[k].dtype(), id_dtype},
                              run);
    return out;
  };
  compare_with_reference(name, pass, 60);
  const Outputs out = pass(reference_run());
  std::vector<double> sums(static_cast<size_t>(kVocabulary * channels), 0.0);
  bool rows_match = true, sums_match = true;
  for (int64_t t = 0; t < rows; ++t) {
    const auto id = static_cast<int64_t>(ids.get(t));
    for (int64_t c = 0; c < channels; ++c) {
      Buffer expected(dtype, 1);
      expected.set(0, id < 0 ? 0 : table.get(id * channels + c));
      rows_match &= out[0].get(t * channels + c) == expected.get(0);
      if (id >= 0) sums[static_cast<size_t>(id * channels + c)] += dy.get(t * channels + c);
    }
  }
  for (int64_t i = 0; i < kVocabulary * channels; ++i) {
    const double sum = sums[static_cast<size_t>(i)];
    sums_match &= std::abs(out[1].get(i) - sum) <= 1e-6 * (1 + std::abs(sum));
    if (i / channels == 5) sums_match &= out[2].get(i) == 0;
  }
  check(rows_match, name + " rows");
  check(sums_match, name + " sums");
}

void bad_ids() {
  Buffer table(DType::f32, 12, 1), y(DType::f32, 9), ids(DType::i64, {1, 4, 0});
  std::string message;
  const EmbeddingForwardArgs args{table.data(), ids.data(), y.data(), 3, 4, 3, 1, DType::f32, DType::f32, DType::i64};
  check(error_of([&] { cpu::embedding_forward(args, reference_run()); }, &message) == ErrorCode::kData, "bad id");
  check(message == "embedding: ids must lie in [0, 4), got 4 at position 1", message);
  ids.set(1, -1);
  EmbeddingForwardArgs strict = args;
  strict.allow_missing = 0;
  check(error_of([&] { cpu::embedding_forward(strict, reference_run()); }) == ErrorCode::kData, "-1 without the flag");
}

void index_select() {
  for (const DType dtype : {DType::f32, DType::bf16, DType::f64}) {
    constexpr int64_t kOuter = 3, kSize = 7, kCount = 11, kInner = 37;
    Buffer x(dtype, kOuter * kSize * kInner, 1), dy(dtype, kOuter * kCount * kInner, 2);
    Buffer ids = random_ids(DType::i32, kCount, kSize);
    const Pass pass = [&](cpu::Run& run) {
      Outputs out = {Buffer(dtype, kOuter * kCount * kInner), Buffer(dtype, kOuter * kSize * kInner)};
      cpu::index_select_forward({x.data(), ids.data(), out[0].data(), kOuter, kSize, kCount, kInner, dtype, DType::i32},
                                run);
      cpu::index_select_backward(
          {dy.data(), ids.data(), out[1].data(), kOuter, kSize, kCount, kInner, dtype, DType::i32}, run);
      return out;
    };
    compare_with_reference("index_select", pass, 8);
    const Outputs out = pass(reference_run());
    bool match = true;
    for (int64_t o = 0; o < kOuter; ++o)
      for (int64_t k = 0; k < kCount; ++k)
        for (int64_t i = 0; i < kInner; ++i)
          match &= out[0].get((o * kCount + k) * kInner + i) ==
                   x.get((o * kSize + static_cast<int64_t>(ids.get(k))) * kInner + i);
    check(match, "index_select picks slices");
    if (dtype == DType::f64)
      check_gradient("index_select", x, out[1], [&] { return weighted_sum(pass(reference_run())[0], dy); });
  }
}

// x (4, 5, 6), index (3, 4, 6) along dim 1: smaller than x along dim 0.
void gather() {
  for (const DType dtype : {DType::f32, DType::bf16, DType::f64}) {
    Buffer x(dtype, 120, 1), dy(dtype, 72, 2), index = random_ids(DType::i64, 72, 5);
    const Pass pass = [&](cpu::Run& run) {
      Outputs out = {Buffer(dtype, 72), Buffer(dtype, 120)};
      cpu::gather_forward(
          {x.data(), index.data(), out[0].data(), {3, 4, 6}, {30, 6, 1}, {24, 6, 1}, 5, 3, 1, dtype, DType::i64}, run);
      cpu::gather_backward({dy.data(),
                            index.data(),
                            out[1].data(),
                            {3, 4, 6},
                            {24, 6, 1},
                            {24, 6, 1},
                            {30, 6, 1},
                            5,
                            120,
                            3,
                            1,
                            dtype,
                            DType::i64},
                           run);
      return out;
    };
    compare_with_reference("gather", pass, 1);
    const Outputs out = pass(reference_run());
    bool match = true;
    for (int64_t i = 0; i < 72; ++i)
      match &= out[0].get(i) == x.get(i / 24 * 30 + static_cast<int64_t>(index.get(i)) * 6 + i % 6);
    check(match, "gather picks elements");
    if (dtype == DType::f64)
      check_gradient("gather", x, out[1], [&] { return weighted_sum(pass(reference_run())[0], dy); });
    index.set(70, 5);
    check(error_of([&] { pass(reference_run()); }) == ErrorCode::kData, "gather names a bad index");
  }
}

}  // namespace
}  // namespace gridstride::test

int main() {
  using namespace gridstride;
  using namespace gridstride::test;
  for (const auto& [rows, channels] : {std::pair{0, 8}, {1, 1}, {5, 63}, {300, 65}}) {
    embedding_case(DType::f32, DType::f32, DType::i64, rows, channels);
    embedding_case(DType::bf16, DType::f32, DType::i32, rows, channels);
    embedding_case(DType::f16, DType::f16, DType::i64, rows, channels);
    embedding_case(DType::f64, DType::f64, DType::i64, rows, channels);
  }
  bad_ids();
  test::index_select();
  test::gather();
  return test::close();
}
