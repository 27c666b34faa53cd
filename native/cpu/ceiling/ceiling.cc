#include "native/cpu/ceiling/ceiling.h"

#include <algorithm>
#include <chrono>
#include <new>
#include <vector>

#include "native/core/error.h"
#include "native/cpu/pool.h"

GS_PER_ISA(void multiply_adds(int64_t rounds, float* result, int64_t* flops);
           void copy_block(const float* from, float* to, int64_t count);)

namespace gridstride::cpu {

namespace {

constexpr int kTries = 5;
constexpr int64_t kRounds = 2'000'000;
constexpr int64_t kBlockFloats = int64_t{1} << 24;  // 64 MiB from, 64 MiB to
constexpr int64_t kPieceFloats = int64_t{1} << 20;

// The best of several tries, in `work` per second: anything slower was disturbed.
template <class Try>
double best_rate(Try&& attempt) {
  double best = 0;
  for (int i = 0; i < kTries; ++i) {
    const auto start = std::chrono::steady_clock::now();
    const double work = attempt();
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    best = std::max(best, work / seconds.count());
  }
  return best;
}

double measure_flops(Isa isa, Pool& pool) {
  const int64_t tasks = pool.size();
  std::vector<float> results(static_cast<size_t>(tasks), 0.5f);
  std::vector<int64_t> flops(static_cast<size_t>(tasks), 0);
  return best_rate([&] {
    pool.parallel(tasks, [&](int64_t task, int) {
      const auto i = static_cast<size_t>(task);
      GS_DISPATCH(isa, multiply_adds, kRounds, &results[i], &flops[i]);
    });
    return static_cast<double>(flops[0]) * static_cast<double>(tasks);
  });
}

double measure_copy(Isa isa, Pool& pool) {
  std::vector<float> from(kBlockFloats, 1.0f);
  std::vector<float> to(kBlockFloats, 0.0f);
  return best_rate([&] {
    pool.ranges(kBlockFloats, kPieceFloats, [&](int64_t begin, int64_t end, int) {
      GS_DISPATCH(isa, copy_block, from.data() + begin, to.data() + begin, end - begin);
    });
    return 2.0 * static_cast<double>(kBlockFloats) * sizeof(float);
  });
}

}  // namespace

Ceiling measure_ceiling(Isa isa, int threads) {
  try {
    Pool pool(threads);
    return {measure_flops(isa, pool), measure_copy(isa, pool)};
  } catch (const std::bad_alloc&) {
    throw Error(ErrorCode::kOutOfMemory,
                "ceiling: two blocks of 64 MiB must fit in memory, got an allocation that failed");
  }
}

}  // namespace gridstride::cpu
