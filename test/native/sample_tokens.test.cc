// Sampling: the weights against exp, the same tokens from every path, and how often a token is drawn.
#include "kernels/random/sample_tokens.h"

#include <algorithm>
#include <numeric>

#include "kernels/math/token_weight.h"
#include "test/native/kernel_compare.h"

namespace gridstride::cpu {
void sample_tokens(const SampleTokensArgs& args, Run& run);
}

namespace gridstride::test {
namespace {

struct Filter {
  double temperature = 1;
  int64_t top_k = 0;
  double top_p = 1, min_p = 0;
};

void weights_are_exponentials() {
  double worst = 0;
  for (int i = 0; i < 200000; ++i) {
    const float z = 3.0f - static_cast<float>(i) * 1.1e-4f;
    const double expected = 0x1p31 * std::exp(static_cast<double>(z) - 3.0);
    const double weight = token_weight(token_key(z), token_key(3.0f));
    worst = std::max(worst, std::max(0.0, std::abs(weight - expected) - 0.6) / expected);
  }
  check(worst < 1e-8, "weights are off by " + std::to_string(worst * 1e9) + "e-9");
  check(token_weight(token_key(5), token_key(5)) == 0x80000000u, "the top's weight");
  check(token_weight(token_key(-INFINITY), token_key(5)) == 0, "no weight of -inf");
  check(token_weight(token_key(NAN), token_key(NAN)) == 0x80000000u, "NaN is a top");
  check(token_weight(token_key(5), token_key(NAN)) == 0, "no weight beside NaN");
  check(token_key(-0.0f) == token_key(0.0f) && token_key(-1e-30f) < token_key(0.0f), "keys around 0");
  check(high_product(0xfedcba9876543210ull, 0x123456789abcdef1ull) == 0x121fa00ad77d7423ull, "high product");
}

SampleTokensArgs args_of(Buffer& x, int64_t rows, int64_t* state, const Filter& filter, int64_t* tokens) {
  SampleTokensArgs args{};
  args.x = x.data();
  args.tokens = tokens;
  args.stream = {state, 0};
  args.rows = rows;
  args.columns = args.x_stride = x.count() / rows;
  args.top_k = filter.top_k;
  args.top_p = filter.top_p;
  args.min_p = filter.min_p;
  args.temperature = static_cast<float>(filter.temperature);
  args.dtype = x.dtype();
  return args;
}

void paths_agree() {
  int64_t state[2] = {3, 0};
  for (const DType dtype : {DType::f32, DType::bf16, DType::f16, DType::f64}) {
    for (const Filter& filter :
         {Filter{}, Filter{0.7, 7}, Filter{1, 0, 0.8}, Filter{2, 0, 1, 0.2}, Filter{1, 30, 0.6, 0.05}}) {
      constexpr int64_t kRows = 500;
      Buffer x(dtype, kRows * 67, 9, 6);
      for (int64_t i = 0; i < x.count(); i += 3) x.set(i, std::round(x.get(i)));  // ties
      compare_with_reference(
          label("sample_tokens", cpu::Isa::reference, dtype, filter.top_k),
          [&](cpu::Run& run) {
            Outputs out = {Buffer(DType::i64, kRows)};
            cpu::sample_tokens(args_of(x, kRows, state, filter, out[0].as<int64_t>()), run);
            return out;
          },
          0);
    }
  }
}

// Probabilities after the filters as Hugging Face's warpers define them, in double precision.
std::vector<double> probabilities(const std::vector<double>& logits, const Filter& filter) {
  const size_t n = logits.size();
  std::vector<size_t> order(n);
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return logits[a] > logits[b]; });
  std::vector<double> p(n, 0.0);
  const size_t k = filter.top_k > 0 ? std::min(n, static_cast<size_t>(filter.top_k)) : n;
  const auto normalize = [&] {
    const double total = std::accumulate(p.begin(), p.end(), 0.0);
    for (double& value : p) value /= total;
  };
  for (size_t i = 0; i < k; ++i) p[order[i]] = std::exp((logits[order[i]] - logits[order[0]]) / filter.temperature);
  normalize();
  double before = 0;
  for (const size_t i : order) {
    const double mine = p[i];
    if (before >= filter.top_p) p[i] = 0;
    before += mine;
  }
  normalize();
  const double top = p[order[0]];
  for (double& value : p) value = value < filter.min_p * top ? 0 : value;
  normalize();
  return p;
}

void frequencies() {
  const std::vector<double> logits = {0.3, 2.1, -1.2, 1.7, 0.9, -3.4, 2.0, 1.1};
  constexpr int64_t kRows = 40000;
  const auto n = static_cast<int64_t>(logits.size());
  int64_t state[2] = {17, 5};
  for (const Filter& filter :
       {Filter{}, Filter{0.5}, Filter{1, 3}, Filter{1, 0, 0.75}, Filter{1.5, 0, 1, 0.3}, Filter{1.2, 6, 0.8, 0.5}}) {
    Buffer x(DType::f32, kRows * n), tokens(DType::i64, kRows);
    for (int64_t i = 0; i < x.count(); ++i) x.set(i, logits[static_cast<size_t>(i % n)]);
    cpu::sample_tokens(args_of(x, kRows, state, filter, tokens.as<int64_t>()), machine_with(2).with(cpu::best_isa()));
    std::vector<double> drawn(logits.size(), 0.0);
    for (int64_t r = 0; r < kRows; ++r) drawn[static_cast<size_t>(tokens.get(r))] += 1.0 / kRows;
    const std::vector<double> expected = probabilities(logits, filter);
    for (size_t i = 0; i < drawn.size(); ++i) {
      const double deviation = std::sqrt(expected[i] * (1 - expected[i]) / kRows);
      check(std::abs(drawn[i] - expected[i]) <= 4.5 * deviation, "token " + std::to_string(i) + ": drawn " +
                                                                     std::to_string(drawn[i]) + ", probability " +
                                                                     std::to_string(expected[i]));
    }
  }
}

}  // namespace
}  // namespace gridstride::test

int main() {
  using namespace gridstride::test;
  weights_are_exponentials();
  paths_agree();
  frequencies();
  return close();
}
