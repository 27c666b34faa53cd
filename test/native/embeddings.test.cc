// The sum of embeddings with its norm and dropout: instruction sets against the reference, the reference against sums
// by hand, and dropout against the op after the others.
#include "kernels/random/dropout.h"
#include "test/native/embeddings_case.h"

namespace gridstride::cpu {
void embeddings_forward(const EmbeddingsForwardArgs& args, Run& run);
void dropout(const DropoutArgs& args, Run& run);
}  // namespace gridstride::cpu

namespace gridstride::test {
namespace {

void check_case(const EmbeddingsCase& c) {
  EmbeddingsInputs inputs(c);
  compare_with_reference(
      c.name(), [&](cpu::Run& run) { return inputs.forward(cpu::embeddings_forward, run); }, 48);
}

// Without a norm and dropout: the sum, rounded once.
void sums(bool by_position) {
  for (const DType dtype : {DType::f32, DType::bf16, DType::f64}) {
    const EmbeddingsCase c{9, 37, dtype, dtype, dtype, dtype, false, by_position};
    EmbeddingsInputs inputs(c);
    const Outputs out = inputs.forward(cpu::embeddings_forward, reference_run());
    Buffer expected(dtype, out[0].count());
    for (int64_t i = 0; i < expected.count(); ++i) expected.set(i, inputs.sum(i / 37, i % 37));
    check_same_bits(out[0], expected, c.name());
  }
}

// The op dropout after the others gives the same bits.
void like_separate_dropout() {
  for (const DType dtype : {DType::f32, DType::bf16, DType::f16}) {
    for (const int64_t channels : {64, 67}) {
      const EmbeddingsCase plain{7, channels, dtype, dtype, dtype, dtype, true};
      EmbeddingsCase dropping = plain;
      dropping.p = 0.3;
      EmbeddingsInputs inputs(plain), same(dropping);
      for (const cpu::Isa isa : cpu::available_isas()) {
        cpu::Run& run = machine_with(2).with(isa);
        Outputs out = inputs.forward(cpu::embeddings_forward, run);
        const Outputs dropped = same.forward(cpu::embeddings_forward, run);
        int64_t state[2] = {-77, (int64_t{1} << 32) - 5};
        cpu::dropout({out[0].data(), out[0].data(), {state, 2}, out[0].count(), 0.3, dtype}, run);
        for (size_t i = 0; i < out.size(); ++i)
          check_same_bits(dropped[i], out[i], dropping.name() + " like separate dropout");
      }
    }
  }
}

void bad_ids() {
  const EmbeddingsCase c{5, 8, DType::f32, DType::f32, DType::f32, DType::f32, true};
  EmbeddingsInputs inputs(c);
  inputs.position_ids().set(3, 12);
  std::string message;
  check(error_of([&] { inputs.forward(cpu::embeddings_forward, reference_run()); }, &message) == ErrorCode::kData &&
            message == "embeddings: ids must lie in [0, 12), got 12 at position 3",
        "a bad position: " + message);
  inputs.word_ids().set(1, -1);
  check(error_of([&] { inputs.forward(cpu::embeddings_forward, reference_run()); }, &message) == ErrorCode::kData &&
            message == "embeddings: ids must lie in [0, 31), got -1 at position 1",
        "a bad word: " + message);
}

}  // namespace
}  // namespace gridstride::test

int main() {
  using namespace gridstride;
  using namespace gridstride::test;
  for (const auto& [rows, channels] : {std::pair{0, 8}, {1, 1}, {5, 63}, {60, 65}, {33, 768}})
    for_each_embeddings_case(rows, channels, check_case);
  check_case({5, 63, DType::f64, DType::f64, DType::f64, DType::f64, true, false, true, 0.3});
  sums(false);
  sums(true);
  like_separate_dropout();
  bad_ids();
  return test::close();
}
