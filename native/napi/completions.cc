#include "native/napi/completions.h"

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
    (*owned)(env);
  });
  if (status != napi_ok) delete boxed;
}

void Completions::close() {
  std::lock_guard lock(mutex_);
  closed_ = true;
  function_.Abort();
}

Settle::Settle(Napi::Env env, std::shared_ptr<Completions> completions)
    : completions_(std::move(completions)), deferred_(new Napi::Promise::Deferred(env)) {
  completions_->expect();
}

void Settle::resolve(std::function<Napi::Value(Napi::Env)> make) const {
  completions_->post([deferred = deferred_, make = std::move(make)](Napi::Env env) {
    Napi::HandleScope scope(env);
    try {
      deferred->Resolve(make(env));
    } catch (const Error& error) {
      deferred->Reject(to_js_error(env, error).Value());
    } catch (const Napi::Error& error) {
      deferred->Reject(error.Value());
    }
  });
}

void Settle::reject(std::function<Napi::Error(Napi::Env)> make) const {
  completions_->post([deferred = deferred_, make = std::move(make)](Napi::Env env) {
    Napi::HandleScope scope(env);
    deferred->Reject(make(env).Value());
  });
}

}  // namespace gridstride::napi
