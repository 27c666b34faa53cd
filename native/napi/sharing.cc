// Tensors shared between environments: share() puts references under a token, adopt() makes handles of them elsewhere
// in the process. Weights are read-only by contract, so several environments may queue ops on them.
#include <napi.h>

#include <map>
#include <mutex>

#include "native/napi/environment.h"
#include "native/napi/errors.h"
#include "native/napi/register.h"

namespace gridstride::napi {

namespace {

struct Shared {
  std::mutex mutex;
  std::map<uint32_t, std::vector<Tensor>> groups;
  uint32_t next = 1;
};

Shared& shared() {
  static auto* registry = new Shared();
  return *registry;
}

Napi::Value share(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto handles = info[0].As<Napi::Array>();
    std::vector<Tensor> tensors;
    for (uint32_t i = 0; i < handles.Length(); ++i)
      tensors.push_back(Environment::of(info.Env()).get(handles.Get(i).As<Napi::Number>().DoubleValue()));
    std::lock_guard lock(shared().mutex);
    const uint32_t token = shared().next++;
    shared().groups[token] = std::move(tensors);
    return Napi::Number::New(info.Env(), token);
  });
}

// adopt(token, index): one tensor of the group, in the mailbox.
Napi::Value adopt(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    std::lock_guard lock(shared().mutex);
    const auto group = shared().groups.find(info[0].As<Napi::Number>().Uint32Value());
    const uint32_t index = info[1].As<Napi::Number>().Uint32Value();
    if (group == shared().groups.end() || index >= group->second.size())
      throw Error(ErrorCode::kDisposed, "shared model: it is no longer shared");
    return Napi::Number::New(info.Env(), Environment::of(info.Env()).mail({group->second[index]}));
  });
}

Napi::Value unshare(const Napi::CallbackInfo& info) {
  std::lock_guard lock(shared().mutex);
  shared().groups.erase(info[0].As<Napi::Number>().Uint32Value());
  return info.Env().Undefined();
}

}  // namespace

void register_sharing(Napi::Env env, Napi::Object exports) {
  exports.Set("share", Napi::Function::New(env, share));
  exports.Set("adopt", Napi::Function::New(env, adopt));
  exports.Set("unshare", Napi::Function::New(env, unshare));
}

}  // namespace gridstride::napi
