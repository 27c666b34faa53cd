#include "native/ops/engine.h"

#include <cstdlib>

#include "native/core/cuda_library.h"
#include "native/cpu/backend.h"
#include "native/ops/launch.h"

namespace gridstride {

thread_local Recording* current_recording = nullptr;

namespace {

// process.exit() runs no hooks of environments. Handlers run last in, first out: registered after a device's library
// was loaded, this one ends the threads that use it before its statics go.
void stop_at_exit() {
  std::atexit([] { Engine::instance().stop(); });
}

}  // namespace

Engine& Engine::instance() {
  // Never destroyed: threads and JavaScript may hold on to its parts.
  static auto* engine = [] {
    auto* made = new Engine();
    stop_at_exit();  // tasks need no device
    return made;
  }();
  return *engine;
}

namespace {

// "auto" never takes the emulation: it is for tests.
std::string resolve(const std::string& name) {
  if (name == "cuda") return "cuda:0";
  if (name != "auto") return name;
  const CudaLibrary& library = cuda_library();
  for (size_t i = 0; i < library.devices.size(); ++i)
    if (library.devices[i].reason.empty() && !library.devices[i].info.is_emulation) return "cuda:" + std::to_string(i);
  return "cpu";
}

int32_t cuda_ordinal(const std::string& name) {
  const std::string digits = name.rfind("cuda:", 0) == 0 ? name.substr(5) : "";
  if (digits.empty() || digits.size() > 3 || digits.find_first_not_of("0123456789") != std::string::npos)
    throw Error(ErrorCode::kDevice, "device: must be auto, cpu, cuda or cuda:<ordinal>, got " + name);
  return std::stoi(digits);
}

}  // namespace

Device& Engine::device(const std::string& name) {
  std::lock_guard lock(mutex_);
  return open(resolve(name));
}

Device& Engine::open(const std::string& name) {
  const auto found = devices_.find(name);
  if (found != devices_.end()) return *found->second;
  std::unique_ptr<Backend> backend;
  if (name == "cpu" || name.rfind("cpu:", 0) == 0) {
    backend = cpu::make_backend(name == "cpu" ? "" : name.substr(4));
    if (name == "cpu") cpu_threads_ = backend->threads();
  } else {
    backend = make_cuda_backend(cuda_library(), cuda_ordinal(name));
  }
  auto& device = devices_[name] = std::make_unique<Device>(name, std::move(backend), trace_);
  device->queue().set_bounds(bounds_);
  stop_at_exit();
  return *device;
}

void Engine::set_cpu_threads(int threads) {
  if (threads < 1 || threads > 1024)
    throw Error(ErrorCode::kConfig, "configure: threads must lie in [1, 1024], got " + std::to_string(threads));
  Device& device = cpu();
  cpu_threads_ = threads;
  Record change;
  change.kind = RecordKind::host;
  change.finish = [&device, threads](const auto&) { device.backend().set_threads(threads); };
  device.queue().submit(std::move(change));
}

void Engine::set_bounds(QueueBounds bounds) {
  std::lock_guard lock(mutex_);
  bounds_ = bounds;
  for (auto& [name, device] : devices_) device->queue().set_bounds(bounds);
}

QueueBounds Engine::bounds() const {
  std::lock_guard lock(mutex_);
  return bounds_;
}

void Engine::enter() {
  std::lock_guard lock(life_);
  ++environments_;
}

void Engine::leave() {
  std::lock_guard lock(life_);
  if (--environments_ == 0) stop();
}

void Engine::stop() {
  tasks_.cancel();
  // A task may wait for its turn behind a long queue, and may queue more before it notices that nobody wants its
  // result.
  stop_queues();
  tasks_.stop();
  stop_queues();
}

void Engine::stop_queues() {
  std::vector<Queue*> queues;
  {
    std::lock_guard lock(mutex_);
    for (auto& [name, device] : devices_) queues.push_back(&device->queue());
  }
  for (Queue* queue : queues) queue->stop();
}

namespace ops {

thread_local std::string current_js_stack;

void submit(Device& device, Record record) {
  record.js_stack = current_js_stack;
  if (current_recording == nullptr) {
    device.queue().submit(std::move(record));
    return;
  }
  current_recording->check(device, record);
  device.queue().submit(record);
  current_recording->add(std::move(record));  // only what was queued: the caller may try again when the queue is full
}

}  // namespace ops

}  // namespace gridstride
