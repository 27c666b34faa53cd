#include "kernels/random/sample_tokens.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "kernels/math/token_weight.h"
#include "native/cpu/run.h"
#include "native/cpu/storage.h"

namespace gridstride::cpu {

namespace {

constexpr int kBins = 2048;

struct Row {
  const uint32_t* keys;  // in the order of the tokens
  uint32_t* weights;     // 0: not kept
  int64_t size;
  uint32_t top;  // the largest key
};

int64_t first_top(const Row& row) { return std::find(row.keys, row.keys + row.size, row.top) - row.keys; }

// Where the running sum of weights passes a random 64-bit number.
int64_t draw(const Row& row, uint64_t random) {
  uint64_t rest = high_product(random, std::accumulate(row.weights, row.weights + row.size, uint64_t{0}));
  int64_t i = 0;
  while (rest >= row.weights[i]) rest -= row.weights[i++];
  return i;
}

void keep_min_p(const SampleTokensArgs& args, const Row& row) {
  const uint32_t least = min_p_weight(args.min_p);
  for (int64_t i = 0; i < row.size; ++i) row.weights[i] = row.weights[i] < least ? 0 : row.weights[i];
}

// The definition, by a sort.
void filter_reference(const SampleTokensArgs& args, const Row& row) {
  std::vector<int64_t> order(static_cast<size_t>(row.size));
  std::iota(order.begin(), order.end(), int64_t{0});
  std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return row.keys[a] > row.keys[b]; });
  size_t kept = order.size();
  if (args.top_k > 0 && args.top_k < row.size) {
    kept = static_cast<size_t>(args.top_k);
    while (kept < order.size() && row.keys[order[kept]] == row.keys[order[kept - 1]]) ++kept;
  }
  uint64_t total = 0, before = 0;
  for (size_t i = 0; i < kept; ++i) total += token_weight(row.keys[order[i]], row.top);
  const uint64_t target = args.top_p < 1 ? top_p_weight(args.top_p, total) : total;
  std::fill(row.weights, row.weights + row.size, 0);
  for (size_t i = 0; i < kept && before < target; ++i) {
    row.weights[order[i]] = token_weight(row.keys[order[i]], row.top);
    before += row.weights[order[i]];
  }
}

// The key at which the mass of the keys above stays below `target`, which the mass from it on reaches; `target`
// becomes what is wanted of the key itself.
template <class Mass>
uint32_t select(const Row& row, uint64_t* target, const Mass& mass) {
  uint64_t bins[kBins];
  uint32_t prefix = 0;
  for (const auto& [shift, bits] : {std::pair{21, 11}, {10, 11}, {0, 10}}) {
    const uint32_t last = (1u << bits) - 1;
    std::fill(bins, bins + kBins, 0);
    for (int64_t i = 0; i < row.size; ++i)
      if (shift == 21 || row.keys[i] >> (shift + bits) == prefix) bins[row.keys[i] >> shift & last] += mass(i);
    uint32_t digit = last;
    while (bins[digit] < *target) *target -= bins[digit--];
    prefix = prefix << bits | digit;
  }
  return prefix;
}

void filter(const SampleTokensArgs& args, const Row& row) {
  uint32_t least = 0;
  if (args.top_k > 0 && args.top_k < row.size) {
    auto wanted = static_cast<uint64_t>(args.top_k);
    least = select(row, &wanted, [](int64_t) { return 1; });
  }
  uint64_t total = 0;
  for (int64_t i = 0; i < row.size; ++i) {
    row.weights[i] = row.keys[i] < least ? 0 : token_weight(row.keys[i], row.top);
    total += row.weights[i];
  }
  if (!(args.top_p < 1)) return;
  uint64_t wanted = top_p_weight(args.top_p, total);
  least = select(row, &wanted, [&](int64_t i) { return row.weights[i]; });
  uint64_t equals = (wanted - 1) / token_weight(least, row.top) + 1;  // kept of those that equal the least
  for (int64_t i = 0; i < row.size; ++i) {
    const bool kept = row.keys[i] > least || (row.keys[i] == least && equals > 0);
    if (row.keys[i] == least && equals > 0) --equals;
    row.weights[i] = kept ? row.weights[i] : 0;
  }
}

template <class T>
int64_t sample_row(const SampleTokensArgs& args, int64_t r, uint32_t* keys, bool is_reference) {
  const T* x = static_cast<const T*>(args.x) + r * args.x_stride;
  for (int64_t i = 0; i < args.columns; ++i) {
    const auto value = static_cast<float>(to_float(x[i]));
    keys[i] = token_key(args.greedy ? value : scaled_logit(value, args.temperature));
  }
  const Row row = {keys, keys + args.columns, args.columns, *std::max_element(keys, keys + args.columns)};
  if (args.greedy) return first_top(row);
  if (is_reference)
    filter_reference(args, row);
  else
    filter(args, row);
  keep_min_p(args, row);
  const Philox4 words = philox(static_cast<uint64_t>(args.stream.state[0]),
                               static_cast<uint64_t>(args.stream.state[1] + args.stream.delta + r));
  return draw(row, static_cast<uint64_t>(words.word[0]) << 32 | words.word[1]);
}

}  // namespace

void sample_tokens(const SampleTokensArgs& args, Run& run) {
  auto* memory = static_cast<uint32_t*>(run.workspace(run.pool.size() * args.columns * 8));
  with_floating("sample_tokens", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    run.pool.ranges(args.rows, std::max<int64_t>(1, 2048 / args.columns), [&](int64_t begin, int64_t end, int thread) {
      for (int64_t r = begin; r < end; ++r)
        args.tokens[r] = sample_row<T>(args, r, memory + thread * 2 * args.columns, run.is_reference());
    });
  });
}

}  // namespace gridstride::cpu
