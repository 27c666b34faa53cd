// A few threads for work that is not an op: files, tokenizing, vocabulary training. Ended with the engine.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace gridstride {

// Raised when nobody wants the result of a task any more.
using CancelFlag = std::shared_ptr<std::atomic<bool>>;

class TaskPool {
 public:
  ~TaskPool() { stop(); }
  // Runs `task` on one of the threads; starts them on first use. Tasks must not throw. Throws Error(kOutOfMemory) when
  // no thread can be started.
  void post(std::function<void()> task, CancelFlag cancelled);
  // Raises the flags of the tasks that run; for stop() not to take long.
  void cancel();
  // Ends the threads after the tasks they are in; waiting tasks are dropped. The next post starts them again. Not twice
  // at once.
  void stop();

 private:
  struct Task {
    std::function<void()> run;
    CancelFlag cancelled;
  };

  void start_threads();  // under mutex_
  void loop();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> tasks_;
  std::vector<CancelFlag> running_;
  std::vector<std::thread> threads_;
  bool stopping_ = false;
};

}  // namespace gridstride
