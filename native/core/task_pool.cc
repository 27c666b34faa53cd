#include "native/core/task_pool.h"

#include <utility>

namespace gridstride {

namespace {

constexpr int kThreads = 2;

}  // namespace

void TaskPool::post(std::function<void()> task) {
  {
    std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
    if (threads_.empty() && !stopping_) start_threads();
  }
  wake_.notify_one();
}

void TaskPool::start_threads() {
  for (int i = 0; i < kThreads; ++i) threads_.emplace_back([this] { loop(); });
}

void TaskPool::stop() {
  std::vector<std::thread> threads;
  std::deque<std::function<void()>> dropped;
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    threads.swap(threads_);
    dropped.swap(tasks_);
  }
  wake_.notify_all();
  for (auto& thread : threads) thread.join();
  std::lock_guard lock(mutex_);
  stopping_ = false;
  if (!tasks_.empty()) start_threads();  // came in meanwhile
}

void TaskPool::loop() {
  for (;;) {
    std::function<void()> task;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return stopping_ || !tasks_.empty(); });
      if (stopping_) return;
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    task();
  }
}

}  // namespace gridstride
