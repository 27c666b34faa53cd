#include "native/cpu/pool.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace gridstride::cpu {

namespace {

// About 0.2 ms of spinning: a forward pass is many short regions in a row, and waking a sleeper costs 5 to 30 us.
constexpr int kSpins = 8000;

void relax() {
#if defined(__x86_64__)
  _mm_pause();
#else
  std::this_thread::yield();
#endif
}

// Denormals make vector loops several times slower and carry no information a model needs.
void flush_denormals() {
#if defined(__x86_64__)
  _mm_setcsr(_mm_getcsr() | 0x8040);
#endif
}

}  // namespace

Pool::Pool(int threads) {
  for (int i = 1; i < threads; ++i) workers_.emplace_back([this, i] { loop(i); });
}

Pool::~Pool() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
    epoch_.fetch_add(1, std::memory_order_release);
  }
  wake_.notify_all();
  for (auto& worker : workers_) worker.join();
}

void Pool::run(int64_t count, Call call, void* context) {
  flush_denormals();
  if (count <= 1 || workers_.empty()) {
    for (int64_t task = 0; task < count; ++task) call(context, task, 0);
    return;
  }
  call_ = call;
  context_ = context;
  count_ = count;
  next_.store(0, std::memory_order_relaxed);
  active_.store(static_cast<int>(workers_.size()), std::memory_order_relaxed);
  bool wake = false;
  {
    std::lock_guard lock(mutex_);
    epoch_.fetch_add(1, std::memory_order_release);
    wake = sleeping_ > 0;
  }
  if (wake) wake_.notify_all();
  work(0);
  for (int spins = 0; active_.load(std::memory_order_acquire) > 0; ++spins) {
    if (spins < kSpins)
      relax();
    else
      std::this_thread::yield();
  }
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

void Pool::work(int thread) {
  try {
    for (int64_t task; (task = next_.fetch_add(1, std::memory_order_relaxed)) < count_;) call_(context_, task, thread);
  } catch (...) {
    next_.store(count_, std::memory_order_relaxed);
    std::lock_guard lock(mutex_);
    if (!failure_) failure_ = std::current_exception();
  }
}

void Pool::loop(int thread) {
  flush_denormals();
  uint64_t seen = 0;
  for (;;) {
    for (int spins = 0; epoch_.load(std::memory_order_acquire) == seen; ++spins) {
      if (spins < kSpins) {
        relax();
        continue;
      }
      std::unique_lock lock(mutex_);
      ++sleeping_;
      wake_.wait(lock, [&] { return epoch_.load(std::memory_order_acquire) != seen; });
      --sleeping_;
    }
    seen = epoch_.load(std::memory_order_acquire);
    if (stop_) return;
    work(thread);
    active_.fetch_sub(1, std::memory_order_release);
  }
}

}  // namespace gridstride::cpu
