#include "native/core/task_pool.h"

#include <algorithm>
#include <string>
#include <system_error>
#include <utility>

#include "native/core/error.h"

namespace gridstride {

namespace {

constexpr int kThreads = 2;

}  // namespace

void TaskPool::post(std::function<void()> task, CancelFlag cancelled) {
  {
    std::lock_guard lock(mutex_);
    if (threads_.empty() && !stopping_) start_threads();
    tasks_.push_back({std::move(task), std::move(cancelled)});
  }
  wake_.notify_one();
}

void TaskPool::start_threads() {
  try {
    for (int i = 0; i < kThreads; ++i) threads_.emplace_back([this] { loop(); });
  } catch (const std::system_error& error) {
    if (threads_.empty())
      throw Error(ErrorCode::kOutOfMemory, std::string("task: its thread must start, got ") + error.what());
  }
}

void TaskPool::cancel() {
  std::lock_guard lock(mutex_);
  for (const CancelFlag& flag : running_) flag->store(true);
}

void TaskPool::stop() {
  std::vector<std::thread> threads;
  std::deque<Task> dropped;
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
    Task task;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return stopping_ || !tasks_.empty(); });
      if (stopping_) return;
      task = std::move(tasks_.front());
      tasks_.pop_front();
      running_.push_back(task.cancelled);
    }
    task.run();
    task.run = nullptr;  // drops what it held before it counts as done
    std::lock_guard lock(mutex_);
    running_.erase(std::find(running_.begin(), running_.end(), task.cancelled));
  }
}

}  // namespace gridstride
