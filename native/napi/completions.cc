#include "native/napi/completions.h"

#include <new>

#include "native/napi/errors.h"

namespace gridstride::napi {

Completions::Completions(Napi::Env env) : env_(env) {
  function_ = Napi::ThreadSafeFunction::New(env, Napi::Function::New(env, [](const Napi::CallbackInfo&) {}),
                                            "gridstride", 0, 1);
  function_.Unref(env);
}

void Completions::expect() {
  if (expected_++ == 0) function_.Ref(env_);
}

void Completions::post(Deliver deliver) {
  std::lock_guard lock(mutex_);
  if (closed_) return;
  auto* boxed = new Deliver(std::move(deliver));
  const napi_status status = function_.NonBlockingCall(boxed, [this](Napi::Env env, Napi::Function, Deliver* result) {
    std::unique_ptr<Deliver> owned(result);
    if (static_cast<napi_env>(env) == nullptr) return;  // the environment is being torn down
    if (--expected_ == 0) function_.Unref(env);
    try {
      (*owned)(env);
    } catch (const Napi::Error&) {
      // A worker that is being terminated runs no JavaScript: nobody is left to hear of the result.
    }
  });
  if (status != napi_ok) delete boxed;
}

void Completions::close() {
  std::lock_guard lock(mutex_);
  closed_ = true;
  function_.Abort();
}

Settle::Settle(Napi::Env env, std::shared_ptr<Completions> completions)
    : state_(std::make_shared<State>(env, std::move(completions))) {
  state_->completions->expect();
}

Settle::State::~State() {
  if (is_settled) return;
  try {
    completions->post([deferred = deferred](Napi::Env env) {
      Napi::HandleScope scope(env);
      deferred.Resolve(env.Undefined());
    });
  } catch (const std::bad_alloc&) {
    // The process then waits for one promise more.
  }
}

void Settle::resolve(std::function<Napi::Value(Napi::Env)> make) const {
  state_->is_settled = true;
  state_->completions->post([deferred = state_->deferred, make = std::move(make)](Napi::Env env) {
    Napi::HandleScope scope(env);
    try {
      deferred.Resolve(make(env));
    } catch (const Napi::Error& error) {
      deferred.Reject(error.Value());
    } catch (const std::exception& error) {
      deferred.Reject(to_js_error(env, as_engine_error("addon", error)).Value());
    }
  });
}

void Settle::reject(std::function<Napi::Error(Napi::Env)> make) const {
  state_->is_settled = true;
  state_->completions->post([deferred = state_->deferred, make = std::move(make)](Napi::Env env) {
    Napi::HandleScope scope(env);
    deferred.Reject(make(env).Value());
  });
}

}  // namespace gridstride::napi
