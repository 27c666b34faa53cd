// Capture and replay of a list of ops.
#include <napi.h>

#include "native/napi/environment.h"
#include "native/napi/errors.h"
#include "native/napi/register.h"
#include "native/ops/engine.h"

namespace gridstride::napi {

namespace {

std::shared_ptr<Recording> recording_of(const Napi::CallbackInfo& info) {
  auto& recordings = Environment::of(info.Env()).recordings;
  const auto found = recordings.find(info[0].As<Napi::Number>().Uint32Value());
  if (found == recordings.end()) throw Error(ErrorCode::kDisposed, "recording: already disposed");
  return found->second;
}

// captureBegin(device): ops of this thread run and are recorded until captureEnd(); returns the recording's id.
Napi::Value capture_begin(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    if (current_recording != nullptr) throw Error(ErrorCode::kUnsupportedOp, "capture: one is already running");
    Environment& environment = Environment::of(info.Env());
    Device& device = Engine::instance().device(info[0].As<Napi::String>().Utf8Value());
    const uint32_t id = environment.next_recording++;
    current_recording = (environment.recordings[id] = std::make_shared<Recording>(device)).get();
    return Napi::Number::New(info.Env(), id);
  });
}

Napi::Value capture_end(const Napi::CallbackInfo& info) {
  if (current_recording != nullptr) current_recording->close();
  current_recording = nullptr;
  return info.Env().Undefined();
}

Napi::Value replay(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    recording_of(info)->replay();
    return info.Env().Undefined();
  });
}

// timeReplay(recording, runs, wipe): a promise of the milliseconds of each run; `wipe`, a recording or 0, runs before
// each.
Napi::Value time_replay(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto recording = recording_of(info);
    std::shared_ptr<Recording> wipe;
    if (const uint32_t id = info[2].As<Napi::Number>().Uint32Value(); id != 0)
      wipe = Environment::of(info.Env()).recordings.at(id);
    const Settle settle(info.Env(), Environment::of(info.Env()).completions());
    const auto runs = info[1].As<Napi::Number>().Int64Value();
    recording->time(runs, wipe, [settle](const auto& milliseconds, const auto& failure) {
      if (failure) return settle.reject([failure](Napi::Env env) { return to_js_error(env, *failure); });
      settle.resolve([milliseconds](Napi::Env env) -> Napi::Value {
        Napi::Array out = Napi::Array::New(env, milliseconds.size());
        for (uint32_t i = 0; i < milliseconds.size(); ++i) out.Set(i, milliseconds[i]);
        return out;
      });
    });
    return settle.promise();
  });
}

Napi::Value recording_size(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    return Napi::Number::New(info.Env(), static_cast<double>(recording_of(info)->size()));
  });
}

Napi::Value recording_release(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    if (recording_of(info).get() == current_recording) current_recording = nullptr;
    Environment::of(info.Env()).recordings.erase(info[0].As<Napi::Number>().Uint32Value());
    return info.Env().Undefined();
  });
}

}  // namespace

void register_recordings(Napi::Env env, Napi::Object exports) {
  exports.Set("captureBegin", Napi::Function::New(env, capture_begin));
  exports.Set("captureEnd", Napi::Function::New(env, capture_end));
  exports.Set("replay", Napi::Function::New(env, replay));
  exports.Set("timeReplay", Napi::Function::New(env, time_replay));
  exports.Set("recordingSize", Napi::Function::New(env, recording_size));
  exports.Set("recordingRelease", Napi::Function::New(env, recording_release));
}

}  // namespace gridstride::napi
