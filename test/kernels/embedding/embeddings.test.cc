// The kernels of summed embeddings against the reference: both mappings, tails, tables of several dtypes, bad ids.
#include "kernels/embedding/embeddings.h"

#include "test/kernels/emulated_run.h"
#include "test/native/embeddings_case.h"

namespace gridstride {
namespace cpu {
void embeddings_forward(const EmbeddingsForwardArgs& args, Run& run);
}  // namespace cpu
namespace cuda {
void embeddings_forward(const EmbeddingsForwardArgs& args, Run& run);
}  // namespace cuda

namespace test {
namespace {

void check_case(const EmbeddingsCase& c) {
  EmbeddingsInputs inputs(c);
  compare_with_cpu(
      c.name(), inputs.forward(cpu::embeddings_forward, reference_run()),
      [&](cuda::Run& run) { return inputs.forward(cuda::embeddings_forward, run); }, 48);
}

// Ids out of range read nothing: what dropout leaves of their rows is NaN, the others are not touched.
void bad_ids(int64_t channels) {
  EmbeddingsInputs inputs({5, channels, DType::f32, DType::f32, DType::f32, DType::f32, true, false, false, 0.3});
  inputs.word_ids().set(1, 31);
  inputs.position_ids().set(3, -1);
  const Outputs out = inputs.forward(cuda::embeddings_forward, emulated_run());
  for (int64_t t = 0; t < 5; ++t) {
    int64_t bad = 0;
    for (int64_t c = 0; c < channels; ++c) bad += std::isnan(out[0].get(t * channels + c));
    check(t == 1 || t == 3 ? bad > channels / 2 : bad == 0, "a bad id's row is NaN");
  }
}

void refuses() {
  EmbeddingsInputs inputs({2, 8, DType::f64, DType::f64, DType::f64, DType::f64, true});
  std::string text;
  check(error_of([&] { inputs.forward(cuda::embeddings_forward, emulated_run()); }, &text) == ErrorCode::kDType &&
            text == "embeddings: dtype must be f32, bf16 or f16 on cuda, got f64",
        "f64: " + text);
}

}  // namespace
}  // namespace test
}  // namespace gridstride

int main() {
  using namespace gridstride;
  using namespace gridstride::test;
  // Warp per row with 1, 2, 4 and 8 vectors, then block per row: too wide, or no whole number of vectors.
  for (const auto& [rows, channels] : {std::pair<int64_t, int64_t>{0, 8}, {9, 64}, {5, 264}, {2, 768}, {5, 63}, {3, 1}})
    for_each_embeddings_case(rows, channels, check_case);
  check_case({2, 1032, DType::f32, DType::f32, DType::f32, DType::f32, true, false, true, 0.3});
  check_case({2, 2048, DType::bf16, DType::f32, DType::f32, DType::f32, true, false, true, 0.3});
  bad_ids(64);
  bad_ids(33);
  refuses();
  return close();
}
