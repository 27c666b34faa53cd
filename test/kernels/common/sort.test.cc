// The sort of keys with positions against std::stable_sort: one tile and several, one pass and four, few values.
#include "native/cuda/sort.h"

#include <algorithm>
#include <numeric>

#include "test/kernels/emulated_run.h"

namespace gridstride::test {
namespace {

void check_case(int64_t count, uint32_t largest, uint64_t seed) {
  const auto n = static_cast<size_t>(count);
  std::vector<uint32_t> keys(n), order(n);
  Sequence sequence(seed);
  for (uint32_t& key : keys) key = static_cast<uint32_t>(sequence.below(int64_t{largest} + 1));
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return keys[a] < keys[b]; });
  Buffer expected_keys(DType::i32, count), expected_order(DType::i32, count);
  for (size_t i = 0; i < n; ++i) {
    expected_keys.as<uint32_t>()[i] = keys[order[i]];
    expected_order.as<uint32_t>()[i] = order[i];
  }
  compare_with_cpu(
      "sort of " + std::to_string(count) + " up to " + std::to_string(largest), {expected_keys, expected_order},
      [&](cuda::Run& run) {
        cuda::KeySort sort("sort", run.workspace(cuda::KeySort::bytes(count)), count, run);
        memcpy(sort.keys(), keys.data(), n * 4);
        sort.sort(largest);
        Outputs out = {Buffer(DType::i32, count), Buffer(DType::i32, count)};
        memcpy(out[0].data(), sort.keys(), n * 4);
        memcpy(out[1].data(), sort.positions(), n * 4);
        return out;
      },
      0);
}

}  // namespace
}  // namespace gridstride::test

int main() {
  using namespace gridstride::test;
  for (const int64_t count : {1, 33, 2049})
    for (const uint32_t largest : {0u, 1u, 255u, 256u}) check_case(count, largest, 3);
  check_case(4100, 70000, 3);
  check_case(300, 0xffffffffu, 4);
  check_case(16 * 2048 + 5, 200, 5);  // a scan of its own
  return close();
}
