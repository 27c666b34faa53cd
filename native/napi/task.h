// Work on the engine's task threads, as a promise. JavaScript numbers each task itself, so that it can ask it to stop.
#pragma once

#include <napi.h>

#include <atomic>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include "native/napi/completions.h"
#include "native/napi/environment.h"
#include "native/napi/errors.h"
#include "native/ops/engine.h"

namespace gridstride::napi {

// A promise of deliver(env, result), where result = work(cancelled) ran on a task thread and `deliver` runs on the
// JavaScript thread. What `work` throws rejects it. `cancelled` is set by cancelTask(number) and when the environment
// ends; `work` must look at it every few milliseconds.
template <class Work, class Deliver>
Napi::Value run_task(Napi::Env env, uint32_t number, Work work, Deliver deliver) {
  using Result = decltype(work(std::declval<const std::atomic<bool>&>()));
  Environment& environment = Environment::of(env);
  const auto cancelled = std::make_shared<std::atomic<bool>>(false);
  environment.tasks[number] = cancelled;
  const Settle settle(env, environment.completions());
  const auto reject = [settle, number](Error error) {
    settle.reject([number, error = std::move(error)](Napi::Env e) {
      Environment::of(e).tasks.erase(number);
      return to_js_error(e, error);
    });
  };
  auto task = [settle, number, cancelled, reject, work = std::move(work), deliver = std::move(deliver)] {
    try {
      const auto result = std::make_shared<Result>(work(*cancelled));
      settle.resolve([number, result, deliver](Napi::Env e) -> Napi::Value {
        Environment::of(e).tasks.erase(number);
        return deliver(e, *result);
      });
    } catch (const Error& error) {
      reject(error);
    } catch (const std::bad_alloc&) {
      reject(Error(ErrorCode::kOutOfMemory, "task: no memory left on the host"));
    } catch (const std::exception& error) {
      reject(Error(ErrorCode::kAddon, std::string("task: unexpected failure, got ") + error.what()));
    }
  };
  const Napi::Promise promise = settle.promise();
  Engine::instance().tasks().post(std::move(task));
  return promise;
}

}  // namespace gridstride::napi
