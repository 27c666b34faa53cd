// The next token of each row of logits (filters, arithmetic: sample_tokens.h, kernels/math/token_weight.h). One block
// of 64 to 1024 threads per row, which it reads anew in each step, in vectors of 16 bytes where order does not matter:
//   the largest                        once; greedy ends here
//   top_k, top_p: the least key kept   three times each, by digits of 11, 11 and 10 bits, from a histogram of counts or
//                                      of weights in shared memory
//   of equal least keys, the last      once, where top_p keeps some of them
//   the draw                           once for the sum, then the 32nd part that holds the place, and again
// All sums are of integers: atomics do not disturb the result.
#pragma once

#include "kernels/common/values.cuh"
#include "kernels/math/token_weight.h"
#include "kernels/random/block_search.cuh"
#include "kernels/random/sample_tokens.h"

namespace gridstride {

constexpr int kSampleThreads = 1024;  // at most
constexpr uint32_t kSampleBins = 2048;

// body(i, x[i]) for all of a row, in no order.
template <class T, class Body>
__device__ __forceinline__ void for_each_logit(const T* x, uint32_t count, const Body& body) {
  constexpr uint32_t kLength = kVectorLength<T>;
  const uint32_t past = static_cast<uint32_t>(reinterpret_cast<uintptr_t>(x) % 16 / sizeof(T));
  const uint32_t before = past == 0 ? 0 : kLength - past, head = before < count ? before : count;
  const uint32_t vectors = (count - head) / kLength, singles = count - vectors * kLength;
  for (uint32_t v = threadIdx.x; v < vectors; v += blockDim.x) {
    const uint32_t first = head + v * kLength;
    const auto vector = load_vector<T, kVectorLength<T>>(x + first);
#pragma unroll
    for (uint32_t j = 0; j < kLength; ++j) body(first + j, widen(vector.element[j]));
  }
  for (uint32_t s = threadIdx.x; s < singles; s += blockDim.x) {
    const uint32_t i = s < head ? s : s + vectors * kLength;
    body(i, widen(x[i]));
  }
}

// Sums of 64 bits from 32-bit atomics.
struct SampleBins {
  uint32_t* low;
  uint32_t* high;

  __device__ __forceinline__ void clear() const {
    for (uint32_t bin = threadIdx.x; bin < kSampleBins; bin += blockDim.x) low[bin] = high[bin] = 0;
  }
  __device__ __forceinline__ void add(uint32_t bin, uint32_t mass) const {
    if (mass == 0) return;
    if (atomicAdd(&low[bin], mass) + mass < mass) atomicAdd(&high[bin], 1u);
  }
  __device__ __forceinline__ uint64_t at(uint32_t bin) const {
    return static_cast<uint64_t>(high[bin]) << 32 | low[bin];
  }
};

template <class T>
struct SampleRow {
  const T* x;
  uint32_t count;
  float temperature;
  int32_t greedy;

  __device__ __forceinline__ uint32_t key(float value) const {
    return token_key(greedy ? value : scaled_logit(value, temperature));
  }
  __device__ __forceinline__ uint32_t key_at(uint32_t i) const { return key(widen(x[i])); }
};

// The least key kept, and what is wanted of the mass of the keys that equal it.
struct LeastKey {
  uint32_t key;
  uint64_t wanted;
  uint64_t mass;
};

// `wanted`: of the mass of the largest keys, at least 1.
template <class T, class Mass>
__device__ __forceinline__ LeastKey least_key(const SampleRow<T>& row, uint64_t wanted, const SampleBins& bins,
                                              uint64_t* parts, const Mass& mass) {
  LeastKey least = {0, wanted, 0};
  for (int digit = 0; digit < 3; ++digit) {
    const int shift = digit == 0 ? 21 : digit == 1 ? 10 : 0, bits = digit == 2 ? 10 : 11;
    const uint32_t last = (1u << bits) - 1;
    __syncthreads();  // the sums before have been read
    bins.clear();
    __syncthreads();
    for_each_logit(row.x, row.count, [&](uint32_t, float value) {
      const uint32_t key = row.key(value);
      if (digit == 0 || key >> (shift + bits) == least.key) bins.add(key >> shift & last, mass(key));
    });
    __syncthreads();
    const Found found = block_search(
        last + 1, parts, [&](uint32_t i) { return bins.at(last - i); }, [&](uint64_t) { return least.wanted - 1; });
    least = {least.key << bits | (last - found.index), found.rest + 1, bins.at(last - found.index)};
  }
  return least;
}

// Tokens that stay after top_k and top_p: above a key, or equal to it and not behind the last of those.
struct KeptTokens {
  uint32_t top;
  uint32_t least = 0;
  uint32_t last_equal = 0xffffffffu;

  __device__ __forceinline__ uint32_t weight(uint32_t key, uint32_t i) const {
    return key < least || (key == least && i > last_equal) ? 0 : token_weight(key, top);
  }
};

template <class T>
__device__ __forceinline__ void keep_top_p(const SampleRow<T>& row, double top_p, const SampleBins& bins,
                                           uint64_t* parts, KeptTokens* kept) {
  const KeptTokens before = *kept;
  uint64_t sum = 0;
  for_each_logit(row.x, row.count, [&](uint32_t i, float value) { sum += before.weight(row.key(value), i); });
  const uint64_t all = block_join<AddIntegers>(sum, parts);
  const LeastKey least =
      least_key(row, top_p_weight(top_p, all), bins, parts, [&](uint32_t key) { return before.weight(key, 0); });
  kept->least = least.key;
  const uint64_t weight = token_weight(least.key, before.top), equals = (least.wanted - 1) / weight;
  if ((equals + 1) * weight < least.mass)
    kept->last_equal = block_search(
                           row.count, parts, [&](uint32_t i) { return row.key_at(i) == least.key ? 1u : 0u; },
                           [&](uint64_t) { return equals; })
                           .index;
}

template <class T>
__global__ void __launch_bounds__(kSampleThreads, 1) sample_tokens_block_per_row(SampleTokensArgs args) {
  SHARED_ARRAY(uint32_t, low, kSampleBins);
  SHARED_ARRAY(uint32_t, high, kSampleBins);
  SHARED_ARRAY(uint64_t, parts, kMostWarps);
  const SampleBins bins = {low, high};
  const int64_t r = blockIdx.x;
  const SampleRow<T> row = {static_cast<const T*>(args.x) + r * args.x_stride, static_cast<uint32_t>(args.columns),
                            args.temperature, args.greedy};
  uint64_t best = 0;  // the largest key, of equal ones the first
  for_each_logit(row.x, row.count, [&](uint32_t i, float value) {
    best = LargerInteger()(best, static_cast<uint64_t>(row.key(value)) << 32 | (0xffffffffu - i));
  });
  best = block_join<LargerInteger>(best, parts);
  if (args.greedy) {
    if (threadIdx.x == 0) args.tokens[r] = 0xffffffffu - static_cast<uint32_t>(best);
    return;
  }
  KeptTokens kept = {static_cast<uint32_t>(best >> 32)};
  if (args.top_k > 0 && args.top_k < args.columns)
    kept.least = least_key(row, static_cast<uint64_t>(args.top_k), bins, parts, [](uint32_t) { return 1u; }).key;
  if (args.top_p < 1) keep_top_p(row, args.top_p, bins, parts, &kept);
  const uint32_t min_weight = min_p_weight(args.min_p);
  const Philox4 words = philox(static_cast<uint64_t>(args.stream.state[0]),
                               static_cast<uint64_t>(args.stream.state[1] + args.stream.delta + r));
  const uint64_t random = static_cast<uint64_t>(words.word[0]) << 32 | words.word[1];
  const Found token = block_search(
      row.count, parts,
      [&](uint32_t i) {
        const uint32_t weight = kept.weight(row.key_at(i), i);
        return weight < min_weight ? 0u : weight;
      },
      [&](uint64_t all) { return high_product(random, all); });
  if (threadIdx.x == 0) args.tokens[r] = token.index;
}

}  // namespace gridstride
