// A few threads for work that is not an op: files, tokenizing, vocabulary training. Ended with the engine.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace gridstride {

class TaskPool {
 public:
  ~TaskPool() { stop(); }
  // Runs `task` on one of the threads; starts them on first use. Tasks must not throw.
  void post(std::function<void()> task);
  // Ends the threads after the tasks they are in; waiting tasks are dropped. The next post starts them again. Not twice
  // at once.
  void stop();

 private:
  void start_threads();  // under mutex_
  void loop();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> tasks_;
  std::vector<std::thread> threads_;
  bool stopping_ = false;
};

}  // namespace gridstride
