// Work on the engine's task threads that settles a promise: { promise, cancel() } for JavaScript. The flag is also
// raised when the environment ends, so that exit does not wait for the rest of the work.
#pragma once

#include <napi.h>

#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <utility>

#include "native/core/task_pool.h"
#include "native/napi/completions.h"
#include "native/napi/environment.h"
#include "native/napi/errors.h"
#include "native/ops/engine.h"

namespace gridstride::napi {

// Raised when the environment ends; unhook() on the JavaScript thread once the task is done.
class ExitFlag {
 public:
  ExitFlag(Napi::Env env, CancelFlag flag) : env_(env), flag_(std::move(flag)) {
    napi_add_env_cleanup_hook(env_, raise, flag_.get());
  }
  void unhook() const { napi_remove_env_cleanup_hook(env_, raise, flag_.get()); }
  const std::atomic<bool>* flag() const { return flag_.get(); }

 private:
  static void raise(void* flag) { static_cast<std::atomic<bool>*>(flag)->store(true); }

  napi_env env_;
  CancelFlag flag_;
};

// `work(cancelled)` runs on a task thread and may throw Error; `make(env, result)` builds the value afterwards on the
// JavaScript thread.
template <class Work, class Make>
Napi::Value run_task(Napi::Env env, Work work, Make make) {
  auto flag = std::make_shared<std::atomic<bool>>(false);
  const auto exit = std::make_shared<ExitFlag>(env, flag);
  const Settle settle(env, Environment::of(env).completions());
  Napi::Object out = Napi::Object::New(env);
  out.Set("promise", settle.promise());
  out.Set("cancel", Napi::Function::New(env, [flag](const Napi::CallbackInfo&) { flag->store(true); }));
  const auto fail = [settle, exit](Error error) {
    settle.reject([exit, error = std::move(error)](Napi::Env js) {
      exit->unhook();
      return to_js_error(js, error);
    });
  };
  Engine::instance().tasks().post(
      [settle, exit, fail, work = std::move(work), make = std::move(make)] {
        try {
          auto result = std::make_shared<decltype(work(exit->flag()))>(work(exit->flag()));
          settle.resolve([exit, result, make](Napi::Env js) -> Napi::Value {
            exit->unhook();
            return make(js, *result);
          });
        } catch (const std::exception& error) {
          fail(as_engine_error("task", error));
        }
      },
      flag);
  return out;
}

}  // namespace gridstride::napi
