// Sampling's kernel draws the very tokens of the CPU's definition: every filter, ties, infinities and NaN, rows at odd
// addresses, of one token and of more than a pass of the block.
#include "kernels/random/sample_tokens.h"

#include <limits>

#include "test/kernels/emulated_run.h"

namespace gridstride {
namespace cpu {
void sample_tokens(const SampleTokensArgs& args, Run& run);
}
namespace cuda {
void sample_tokens(const SampleTokensArgs& args, Run& run);
}

namespace test {
namespace {

struct Filter {
  const char* name;
  float temperature = 1;
  int64_t top_k = 0;
  double top_p = 1, min_p = 0;
  bool greedy = false;
};

const Filter kFilters[] = {
    {"greedy", 1, 0, 1, 0, true},
    {"all"},
    {"temperature", 0.3f},
    {"top_k", 1.7f, 5},
    {"top_k 1", 1, 1},
    {"top_p", 1, 0, 0.9},
    {"top_p 0", 1, 0, 0},
    {"min_p", 1, 0, 1, 0.05},
    {"every filter", 0.8f, 40, 0.7, 0.02},
};

// Rows of several kinds, by their number.
double logit(int64_t row, int64_t i, Sequence& sequence) {
  const double spread = sequence.next() + sequence.next() + sequence.next();
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  switch (row % 8) {
    case 1:
      return std::round(2 * spread);  // many ties
    case 2:
      return row % 16 == 2 ? 1.5 : spread * 1e-39;  // all equal, or numbers a CPU flushes
    case 3:
      return i % 3 == 1 ? spread : -kInfinity;
    case 4:
      return 40 * spread;
    case 5:
      return row % 32 == 5 && i % 5 == 4 ? std::nan("") : row % 32 == 13 && i % 7 == 3 ? kInfinity : spread;
    case 6:
      return row % 16 == 6 ? -kInfinity : -0.0 * spread;
    default:
      return 4 * spread;
  }
}

void check_rows(DType dtype, int64_t rows, int64_t columns, int64_t gap, const Filter& filter) {
  const int64_t stride = columns + gap;
  Buffer x(dtype, rows * stride);
  Sequence sequence(static_cast<uint64_t>(columns));
  for (int64_t i = 0; i < x.count(); ++i) x.set(i, logit(i / stride, i % stride, sequence));
  const std::vector<int64_t> state = {1234567, (int64_t{1} << 32) - 3};
  SampleTokensArgs args{};
  args.x = x.data();
  args.stream = {filter.greedy ? nullptr : state.data(), 2};
  args.rows = rows;
  args.columns = columns;
  args.x_stride = stride;
  args.top_k = filter.top_k;
  args.top_p = filter.top_p;
  args.min_p = filter.min_p;
  args.temperature = filter.temperature;
  args.greedy = filter.greedy;
  args.dtype = dtype;
  const auto run_on = [&](auto launch, auto& run) {
    Outputs out = {Buffer(DType::i64, rows)};
    args.tokens = out[0].as<int64_t>();
    launch(args, run);
    return out;
  };
  compare_with_cpu(
      label(filter.name, cpu::Isa::reference, dtype, rows, columns), run_on(cpu::sample_tokens, reference_run()),
      [&](cuda::Run& run) { return run_on(cuda::sample_tokens, run); }, 0);
}

}  // namespace
}  // namespace test
}  // namespace gridstride

int main() {
  using namespace gridstride;
  using namespace gridstride::test;
  for (const Filter& filter : kFilters) {
    check_rows(DType::f32, 32, 64, 0, filter);
    check_rows(DType::bf16, 32, 151, 0, filter);
    check_rows(DType::f16, 8, 90, 1, filter);
    check_rows(DType::f32, 3, 1, 2, filter);
    check_rows(DType::bf16, 5, 2, 0, filter);
    check_rows(DType::f32, 0, 8, 0, filter);
  }
  for (const size_t last : {size_t{1}, size_t{5}, size_t{8}}) {
    check_rows(DType::bf16, 2, 9001, 3, kFilters[last]);
    check_rows(DType::f32, 1, 2500, 0, kFilters[last]);
  }
  SampleTokensArgs args{};
  args.rows = args.columns = 1;
  args.dtype = DType::f64;
  std::string text;
  check(error_of([&] { cuda::sample_tokens(args, emulated_run()); }, &text) == ErrorCode::kDType &&
            text == "sample_tokens: dtype must be f32, bf16 or f16 on cuda, got f64",
        "f64: " + text);
  return close();
}
