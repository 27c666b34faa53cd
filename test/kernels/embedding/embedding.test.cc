// Embedding's kernels against the reference: rows of every length and dtype, ids that repeat, are missing or bad.
#include "kernels/embedding/embedding.h"

#include "test/kernels/emulated_run.h"

namespace gridstride {
namespace cpu {
void embedding_forward(const EmbeddingForwardArgs& args, Run& run);
void embedding_backward(const EmbeddingBackwardArgs& args, Run& run);
}  // namespace cpu
namespace cuda {
void embedding_forward(const EmbeddingForwardArgs& args, Run& run);
void embedding_backward(const EmbeddingBackwardArgs& args, Run& run);
}  // namespace cuda

namespace test {
namespace {

struct Case {
  int64_t rows, vocabulary, channels;
  DType dtype, other;  // `other`: the table's forward, the gradient's backward
  DType id_dtype = DType::i64;
  bool repeats = false;  // ids in runs of every length, once sorted

  std::string name(const char* pass) const {
    return label(pass, cpu::Isa::reference, dtype, rows, channels) + " of " + std::to_string(vocabulary) + " " +
           dtype_name(other);
  }
};

// A third of them is id 0, so that one row gathers many gradients; some are missing.
Buffer some_ids(const Case& c) {
  Buffer ids(c.id_dtype, c.rows);
  Sequence sequence(8);
  for (int64_t i = 0, id = 0, left = 1; i < c.rows && c.repeats; ++i) {
    ids.set(i * 389 % c.rows, static_cast<double>(id));
    if (--left == 0) left = ++id * 5 % 100 + 1;
  }
  for (int64_t i = 0; i < c.rows && !c.repeats; ++i)
    ids.set(i, i % 3 == 0 ? 0.0 : i % 11 == 5 ? -1.0 : static_cast<double>(sequence.below(c.vocabulary)));
  return ids;
}

void forward(const Case& c) {
  Buffer ids = some_ids(c), table(c.other, c.vocabulary * c.channels, 1, 20);
  const auto run_on = [&](auto launch, auto& run) {
    Outputs out = {Buffer(c.dtype, c.rows * c.channels)};
    launch({table.data(), ids.data(), out[0].data(), c.rows, c.vocabulary, c.channels, 1, c.dtype, c.other, c.id_dtype},
           run);
    return out;
  };
  compare_with_cpu(
      c.name("forward"), run_on(cpu::embedding_forward, reference_run()),
      [&](cuda::Run& run) { return run_on(cuda::embedding_forward, run); }, 0);
}

void backward(const Case& c, int64_t padding_index) {
  Buffer ids = some_ids(c), dy(c.dtype, c.rows * c.channels, 2);
  const auto run_on = [&](auto launch, auto& run) {
    Outputs out = {Buffer(c.other, c.vocabulary * c.channels)};
    launch({dy.data(), ids.data(), out[0].data(), c.rows, c.vocabulary, c.channels, padding_index, c.dtype, c.other,
            c.id_dtype},
           run);
    return out;
  };
  compare_with_cpu(
      c.name("backward"), run_on(cpu::embedding_backward, reference_run()),
      [&](cuda::Run& run) { return run_on(cuda::embedding_backward, run); }, 60);
}

// Ids out of range read and write nothing: NaN forward, no gradient backward.
void bad_ids() {
  Buffer ids(DType::i64, {1, 4, -2, -1, 3}), table(DType::f32, 4 * 33, 1), y(DType::f32, 5 * 33);
  cuda::embedding_forward({table.data(), ids.data(), y.data(), 5, 4, 33, 0, DType::f32, DType::f32, DType::i64},
                          emulated_run());
  for (int64_t i = 0; i < y.count(); ++i) {
    const auto id = static_cast<int64_t>(ids.get(i / 33));
    const bool bad = id < 0 || id > 3;
    check(bad ? std::isnan(y.get(i)) : y.get(i) == table.get(id * 33 + i % 33), "a bad id's row is NaN");
  }
  Buffer whole(DType::i32, 5);
  cuda::embedding_forward({ids.data(), ids.data(), whole.data(), 5, 4, 1, 0, DType::i32, DType::i32, DType::i64},
                          emulated_run());
  check(whole.get(1) == 0 && whole.get(2) == 0, "a bad id's row of integers is 0");
  Buffer sums(DType::f32, 4 * 33);
  cuda::embedding_backward({y.data(), ids.data(), sums.data(), 5, 4, 33, -1, DType::f32, DType::f32, DType::i64},
                           emulated_run());
  check(sums.get(0) == 0 && sums.get(33) == y.get(0) && sums.get(3 * 33) == y.get(4 * 33), "bad ids give no gradient");
}

}  // namespace
}  // namespace test
}  // namespace gridstride

int main() {
  using namespace gridstride;
  using namespace gridstride::test;
  constexpr DType f32 = DType::f32, bf16 = DType::bf16, f16 = DType::f16;
  for (const auto& [dtype, other] : {std::pair{f32, f32}, {bf16, bf16}, {f16, f16}, {bf16, f32}, {f16, f32}}) {
    for (const int64_t channels : {1, 3, 8, 31, 32, 64, 67, 264}) forward({70, 31, channels, dtype, other});
    for (const int64_t channels : {3, 64, 67}) backward({70, 31, channels, dtype, other}, -1);
  }
  for (const int64_t channels : {1, 31, 32, 264, 1032}) backward({40, 31, channels, f16, f32, DType::i32}, 0);
  for (const int64_t rows : {0, 1, 32}) {
    forward({rows, 31, 64, bf16, f32});
    for (const int64_t channels : {3, 64}) backward({rows, 31, channels, bf16, f32}, -1);
  }
  forward({9, 31, 16, f32, bf16});
  forward({9, 31, 7, f32, f16, DType::i32});
  forward({9, 31, 7, DType::i64, DType::i64});
  forward({9, 31, 6, DType::boolean, DType::boolean});
  // Every row the same few ids: runs over many pieces.
  backward({700, 1, 64, bf16, f32}, -1);
  backward({700, 2, 33, f16, f16}, -1);
  // Runs that end in their piece, in the next one, and further on.
  backward({3000, 100, 64, bf16, f32, DType::i64, true}, 3);
  backward({3001, 100, 33, f32, f32, DType::i32, true}, -1);
  // Two and three digits of ids; more positions than one tile of the sort.
  backward({2100, 300, 32, f32, f32}, -1);
  backward({50, 70000, 1, f32, f32}, -1);
  bad_ids();
  return close();
}
