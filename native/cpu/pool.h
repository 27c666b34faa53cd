// Fork-join pool: workers spin briefly, then sleep. One region at a time; the caller is thread 0.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace gridstride::cpu {

class Pool {
 public:
  explicit Pool(int threads);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  int size() const { return static_cast<int>(workers_.size()) + 1; }

  // body(task, thread) for every task in [0, count), handed out one by one. The first exception a task throws is
  // rethrown here once all threads have stopped.
  template <class Body>
  void parallel(int64_t count, Body&& body) {
    run(
        count,
        [](void* context, int64_t task, int thread) {
          (*static_cast<std::remove_reference_t<Body>*>(context))(task, thread);
        },
        const_cast<void*>(static_cast<const void*>(&body)));
  }

  // body(begin, end, thread) over [0, count) in ranges of `grain` (the last may be shorter): the split depends on count
  // and grain alone, so results do not depend on the number of threads.
  template <class Body>
  void ranges(int64_t count, int64_t grain, Body&& body) {
    parallel((count + grain - 1) / grain, [&](int64_t task, int thread) {
      const int64_t begin = task * grain;
      body(begin, begin + grain < count ? begin + grain : count, thread);
    });
  }

 private:
  using Call = void (*)(void* context, int64_t task, int thread);

  void run(int64_t count, Call call, void* context);
  void work(int thread);
  void loop(int thread);

  std::vector<std::thread> workers_;
  Call call_ = nullptr;
  void* context_ = nullptr;
  int64_t count_ = 0;
  bool stop_ = false;
  std::exception_ptr failure_;
  std::mutex mutex_;
  std::condition_variable wake_;
  int sleeping_ = 0;  // guarded by mutex_
  alignas(64) std::atomic<int64_t> next_{0};
  alignas(64) std::atomic<uint64_t> epoch_{0};
  alignas(64) std::atomic<int> active_{0};
};

}  // namespace gridstride::cpu
