// The machine's ceilings, for benches.
#include "native/cpu/ceiling/ceiling.h"

#include <napi.h>

#include "native/napi/errors.h"
#include "native/napi/register.h"
#include "native/napi/tasks.h"

namespace gridstride::napi {

namespace {

// measureCeiling(set, threads): { promise, cancel } of { flops, bytesPerSecond }.
Napi::Value measure_ceiling(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const cpu::Isa isa = cpu::parse_set("ceiling", info[0].As<Napi::String>().Utf8Value()).isa;
    const int threads = info[1].As<Napi::Number>().Int32Value();
    return run_task(
        info.Env(), [isa, threads](const std::atomic<bool>*) { return cpu::measure_ceiling(isa, threads); },
        [](Napi::Env env, const cpu::Ceiling& ceiling) -> Napi::Value {
          Napi::Object out = Napi::Object::New(env);
          out.Set("flops", ceiling.flops);
          out.Set("bytesPerSecond", ceiling.bytes_per_second);
          return out;
        });
  });
}

}  // namespace

void register_ceiling(Napi::Env env, Napi::Object exports) {
  exports.Set("measureCeiling", Napi::Function::New(env, measure_ceiling));
}

}  // namespace gridstride::napi
