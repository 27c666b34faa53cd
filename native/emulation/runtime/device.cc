#include "native/emulation/runtime/device.h"

#include <chrono>
#include <cstdlib>

#include "native/emulation/failure.h"

namespace gridstride::emulation {

namespace {

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

bool is_runnable(const CUstream_st& stream) {
  if (stream.work.empty()) return false;
  const Work& next = stream.work.front();
  return next.kind != Work::Kind::wait || next.event->done >= next.generation;
}

}  // namespace

Runtime& Runtime::instance() {
  static Runtime* runtime = new Runtime();  // never destroyed: threads may still use it when the process ends
  return *runtime;
}

Runtime::Runtime() {
  const char* text = std::getenv("GRIDSTRIDE_EMULATION");
  restart(parse_faults(text ? text : ""));
}

void Runtime::restart(const Faults& told) {
  faults = told;
  random_.seed(told.seed);
  devices_.clear();
  for (int i = 0; i < kDevices; ++i) devices_.push_back(std::make_unique<EmulatedDevice>(told.memory));
  violations_.clear();
  failure.clear();
  launches = 0;
}

int& Runtime::current_ordinal() {
  thread_local int ordinal = 0;
  return ordinal;
}

cudaError_t Runtime::current(EmulatedDevice** device) {
  if (faults.no_driver || faults.old_driver) return cudaErrorInsufficientDriver;
  if (faults.no_device) return cudaErrorNoDevice;
  *device = devices_[static_cast<size_t>(current_ordinal())].get();
  return (*device)->lost;
}

void Runtime::add(CUstream_st* stream, Work work) {
  if (stream->capture)
    stream->capture->work.push_back(std::move(work));
  else
    stream->work.push_back(std::move(work));
}

// Opening and closing every allocation takes longer than a small kernel: once for all that runs now.
void Runtime::open_memory(bool opened) {
  for (const auto& device : devices_) device->memory.open(opened);
}

bool Runtime::run_until(const std::function<bool()>& is_done) {
  if (is_done()) return true;
  open_memory(true);
  const bool done = take_turns(is_done);
  open_memory(false);
  return done;
}

bool Runtime::take_turns(const std::function<bool()>& is_done) {
  while (!is_done()) {
    std::vector<CUstream_st*> ready;
    for (CUstream_st* stream : streams)
      if (is_runnable(*stream)) ready.push_back(stream);
    if (ready.empty()) return false;
    step(ready[random_() % ready.size()]);
  }
  return true;
}

void Runtime::step(CUstream_st* stream) {
  const Work work = std::move(stream->work.front());
  stream->work.pop_front();
  if (work.kind == Work::Kind::run) {
    run_on_device(stream, work);
  } else if (work.kind == Work::Kind::record && work.event->done < work.generation) {
    work.event->done = work.generation;
    work.event->seconds = now();
  }
}

// A lost device does nothing any more, but its streams come to their end.
void Runtime::run_on_device(CUstream_st* stream, const Work& work) {
  EmulatedDevice& device = *devices_[static_cast<size_t>(stream->device)];
  if (device.lost != cudaSuccess) return;
  try {
    work.run();
  } catch (const EmulationError& error) {
    failure = error.what();
    device.lost = cudaErrorLaunchFailure;
  }
}

bool Runtime::is_pinned(const void* data, size_t bytes) const {
  const char* first = static_cast<const char*>(data);
  auto found = pinned.upper_bound(first);
  if (found == pinned.begin()) return false;
  --found;
  return first + bytes <= found->first + found->second;
}

bool Runtime::is_device_address(const void* data) const {
  for (const auto& device : devices_)
    if (device->memory.is_device_address(data)) return true;
  return false;
}

cudaError_t Runtime::violation(const std::string& what) {
  violations_.push_back(what);
  return cudaErrorInvalidValue;
}

size_t Runtime::live_allocations() const {
  size_t live = 0;
  for (const auto& device : devices_) live += device->memory.live_allocations();
  return live;
}

}  // namespace gridstride::emulation
