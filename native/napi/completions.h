// Carries results from engine threads to the JavaScript thread of one environment. Safe to post to after the
// environment has gone: the result is then dropped.
#pragma once

#include <napi.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

namespace gridstride::napi {

class Completions {
 public:
  using Deliver = std::function<void(Napi::Env)>;

  explicit Completions(Napi::Env env);

  // On the JavaScript thread: one more result is awaited, so the process must not end.
  void expect();
  // From any thread: runs `deliver` on the JavaScript thread and ends one expectation.
  void post(Deliver deliver);
  // On the JavaScript thread, at the environment's end.
  void close();

 private:
  Napi::ThreadSafeFunction function_;
  Napi::Env env_;
  std::mutex mutex_;
  bool closed_ = false;
  int expected_ = 0;  // JavaScript thread only
};

// A promise settled from an engine thread: settle.resolve(make) or settle.reject(failure). When the last copy goes and
// neither was called (the call that was to start the work threw, or the work was dropped at the engine's end), the
// promise that nobody waits for is settled without a value, so that it does not keep the process alive.
class Settle {
 public:
  Settle(Napi::Env env, std::shared_ptr<Completions> completions);

  Napi::Promise promise() const { return state_->deferred.Promise(); }
  // `make` builds the value on the JavaScript thread; what it throws rejects.
  void resolve(std::function<Napi::Value(Napi::Env)> make) const;
  void reject(std::function<Napi::Error(Napi::Env)> make) const;

 private:
  struct State {
    std::shared_ptr<Completions> completions;
    Napi::Promise::Deferred deferred;
    std::atomic<bool> is_settled{false};

    State(Napi::Env env, std::shared_ptr<Completions> c) : completions(std::move(c)), deferred(env) {}
    ~State();
  };
  std::shared_ptr<State> state_;
};

}  // namespace gridstride::napi
