// Devices, settings, waiting, memory and trace.
#include <napi.h>

#include "native/core/abi.gen.h"
#include "native/core/cuda_library.h"
#include "native/core/host_memory.h"
#include "native/cpu/isa.h"
#include "native/napi/environment.h"
#include "native/napi/errors.h"
#include "native/napi/register.h"
#include "native/ops/engine.h"

namespace gridstride::napi {

namespace {

Device& device_argument(const Napi::CallbackInfo& info) {
  return Engine::instance().device(info[0].As<Napi::String>().Utf8Value());
}

// Waits through the queue: `wait` gets the callback that settles the promise.
template <class Wait>
Napi::Value promise_of(const Napi::CallbackInfo& info, Wait&& wait) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    Device& device = device_argument(info);
    const Settle settle(info.Env(), Environment::of(info.Env()).completions());
    wait(device, [settle](const std::shared_ptr<const Failure>& failure) {
      if (failure)
        settle.reject([failure](Napi::Env env) { return to_js_error(env, *failure); });
      else
        settle.resolve([](Napi::Env env) { return env.Undefined(); });
    });
    return settle.promise();
  });
}

Napi::Value sync(const Napi::CallbackInfo& info) {
  return promise_of(info, [](Device& device, Queue::Done done) { device.queue().sync(std::move(done)); });
}

Napi::Value ready(const Napi::CallbackInfo& info) {
  return promise_of(info, [](Device& device, Queue::Done done) { device.queue().when_ready(std::move(done)); });
}

Napi::Value memory(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Napi::Env env = info.Env();
    Device& device = device_argument(info);
    const MemoryStats stats = device.allocator().stats();
    Napi::Object out = Napi::Object::New(env);
    out.Set("liveBytes", static_cast<double>(stats.live_bytes));
    out.Set("cachedBytes", static_cast<double>(stats.cached_bytes));
    out.Set("peakBytes", static_cast<double>(stats.peak_bytes));
    out.Set("liveBlocks", static_cast<double>(stats.live_blocks));
    out.Set("liveTensors", static_cast<double>(Environment::of(env).live_handles()));
    out.Set("queuedOps", static_cast<double>(device.queue().pending_ops()));
    return out;
  });
}

Napi::Value release_cache(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    Device& device = device_argument(info);
    // Behind what is queued, whose launches may still use the blocks; a queue that ends first drops the record.
    auto blocks =
        std::shared_ptr<const std::vector<CachedBlock>>(new std::vector<CachedBlock>(device.allocator().take_cache()),
                                                        [&device](const std::vector<CachedBlock>* taken) {
                                                          device.allocator().give_back(*taken);
                                                          delete taken;
                                                        });
    Record give_back;
    give_back.kind = RecordKind::host;
    give_back.finish = [blocks = std::move(blocks)](const auto&) mutable {
      blocks.reset();
      return_freed_memory();
    };
    device.queue().submit(std::move(give_back));
    return info.Env().Undefined();
  });
}

// configure({ threads, maxQueuedOps, maxQueuedBytes, memoryLimitBytes }): validated in TypeScript.
Napi::Value configure(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto options = info[0].As<Napi::Object>();
    Engine& engine = Engine::instance();
    auto number = [&](const char* name, double otherwise) {
      return options.Has(name) ? options.Get(name).As<Napi::Number>().DoubleValue() : otherwise;
    };
    if (options.Has("threads")) engine.set_cpu_threads(static_cast<int>(number("threads", 0)));
    QueueBounds bounds = engine.bounds();
    bounds.max_ops = static_cast<int64_t>(number("maxQueuedOps", static_cast<double>(bounds.max_ops)));
    bounds.max_bytes = static_cast<int64_t>(number("maxQueuedBytes", static_cast<double>(bounds.max_bytes)));
    engine.set_bounds(bounds);
    if (options.Has("memoryLimitBytes"))
      engine.cpu().allocator().set_limit(static_cast<int64_t>(number("memoryLimitBytes", 0)));
    return info.Env().Undefined();
  });
}

Napi::Object cuda_device(Napi::Env env, const CudaDevice& device, size_t ordinal) {
  const GsDeviceInfo& info = device.info;
  Napi::Object out = Napi::Object::New(env);
  out.Set("id", "cuda:" + std::to_string(ordinal));
  out.Set("name", std::string(info.name));
  out.Set("capability", std::to_string(info.capability_major) + "." + std::to_string(info.capability_minor));
  out.Set("memoryBytes", static_cast<double>(info.memory_bytes));
  out.Set("multiprocessors", info.multiprocessors);
  out.Set("clockKhz", info.clock_khz);
  out.Set("driver", info.driver_version);
  out.Set("emulation", info.is_emulation != 0);
  out.Set("reason", device.reason);
  return out;
}

Napi::Value info_of_engine(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Napi::Env env = info.Env();
    Engine& engine = Engine::instance();
    engine.cpu();
    Napi::Object out = Napi::Object::New(env);
    const char* forced = std::getenv("GRIDSTRIDE_CPU");
    out.Set("isa", forced != nullptr && *forced != 0 ? std::string(forced) : cpu::set_name(cpu::best_set()));
    Napi::Array isas = Napi::Array::New(env);
    for (const cpu::InstructionSet& set : cpu::available_sets()) isas.Set(isas.Length(), cpu::set_name(set));
    out.Set("isas", isas);
    out.Set("threads", engine.cpu_threads());
    const CudaLibrary& library = cuda_library();
    Napi::Array devices = Napi::Array::New(env);
    for (size_t i = 0; i < library.devices.size(); ++i) devices.Set(i, cuda_device(env, library.devices[i], i));
    out.Set("cudaDevices", devices);
    out.Set("cudaPath", library.path);
    out.Set("cudaReason", library.reason);
    return out;
  });
}

Napi::Value resolve_device(const Napi::CallbackInfo& info) {
  return guarded(info.Env(),
                 [&]() -> Napi::Value { return Napi::String::New(info.Env(), device_argument(info).name()); });
}

Napi::Value trace_start(const Napi::CallbackInfo& info) {
  Engine::instance().trace().start();
  return info.Env().Undefined();
}

Napi::Value trace_stop(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto events = Engine::instance().trace().stop();
  Napi::Array out = Napi::Array::New(env, events.size());
  for (size_t i = 0; i < events.size(); ++i) {
    Napi::Object event = Napi::Object::New(env);
    event.Set("op", kOpNames[static_cast<int>(events[i].op)]);
    event.Set("shapes", events[i].shapes);
    event.Set("startUs", events[i].start_us);
    event.Set("endUs", events[i].end_us);
    event.Set("flops", events[i].cost.flops);
    event.Set("bytes", events[i].cost.bytes);
    out.Set(static_cast<uint32_t>(i), event);
  }
  return out;
}

}  // namespace

void register_engine(Napi::Env env, Napi::Object exports) {
  exports.Set("sync", Napi::Function::New(env, sync));
  exports.Set("ready", Napi::Function::New(env, ready));
  exports.Set("memory", Napi::Function::New(env, memory));
  exports.Set("releaseCache", Napi::Function::New(env, release_cache));
  exports.Set("configure", Napi::Function::New(env, configure));
  exports.Set("engineInfo", Napi::Function::New(env, info_of_engine));
  exports.Set("resolveDevice", Napi::Function::New(env, resolve_device));
  exports.Set("traceStart", Napi::Function::New(env, trace_start));
  exports.Set("traceStop", Napi::Function::New(env, trace_stop));
}

}  // namespace gridstride::napi
