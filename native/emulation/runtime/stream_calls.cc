// Streams, events and kernel launches.
#include "native/emulation/failure.h"
#include "native/emulation/runtime/device.h"

using gridstride::emulation::EmulatedDevice;
using gridstride::emulation::Runtime;
using gridstride::emulation::Work;

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) {
  Runtime& runtime = Runtime::instance();
  const std::lock_guard lock(runtime.mutex);
  EmulatedDevice* device = nullptr;
  if (const cudaError_t status = runtime.current(&device); status != cudaSuccess) return status;
  *stream = new CUstream_st{Runtime::current_ordinal(), {}, nullptr, false};
  runtime.streams.insert(*stream);
  return cudaSuccess;
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  Runtime& runtime = Runtime::instance();
  const std::lock_guard lock(runtime.mutex);
  if (!runtime.streams.count(stream)) return cudaErrorInvalidResourceHandle;
  if (stream->capture) {
    stream->is_capture_broken = true;
    return cudaErrorStreamCaptureUnsupported;
  }
  if (!runtime.run_until([&] { return stream->work.empty(); }))
    return runtime.violation("a stream waits for an event that nobody records");
  return runtime.device(stream->device).lost;
}

cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  Runtime& runtime = Runtime::instance();
  const std::lock_guard lock(runtime.mutex);
  const cudaError_t status = cudaStreamSynchronize(stream);
  if (runtime.streams.erase(stream) > 0) delete stream;
  return status;
}

cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned) {
  Runtime& runtime = Runtime::instance();
  const std::lock_guard lock(runtime.mutex);
  if (!runtime.streams.count(stream)) return cudaErrorInvalidResourceHandle;
  if (event->done < event->recorded) runtime.add(stream, {Work::Kind::wait, nullptr, event, event->recorded});
  return cudaSuccess;
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned) {
  *event = new CUevent_st();
  return cudaSuccess;
}

cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  Runtime& runtime = Runtime::instance();
  const std::lock_guard lock(runtime.mutex);
  if (!runtime.run_until([&] { return event->done >= event->recorded; }))
    return runtime.violation("an event is waited for that no stream will reach");
  EmulatedDevice* device = nullptr;
  return runtime.current(&device);
}

cudaError_t cudaEventDestroy(cudaEvent_t event) {
  const cudaError_t status = cudaEventSynchronize(event);
  delete event;
  return status;
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  Runtime& runtime = Runtime::instance();
  const std::lock_guard lock(runtime.mutex);
  if (!runtime.streams.count(stream)) return cudaErrorInvalidResourceHandle;
  if (stream->capture) return cudaErrorStreamCaptureUnsupported;  // joins streams there; nobody here needs it
  runtime.add(stream, {Work::Kind::record, nullptr, event, ++event->recorded});
  return cudaSuccess;
}

cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t start, cudaEvent_t end) {
  Runtime& runtime = Runtime::instance();
  const std::lock_guard lock(runtime.mutex);
  if (start->recorded == 0 || end->recorded == 0) return cudaErrorInvalidResourceHandle;
  if (start->done < start->recorded || end->done < end->recorded) return cudaErrorNotReady;
  *milliseconds = static_cast<float>((end->seconds - start->seconds) * 1000);
  return cudaSuccess;
}

namespace gridstride::emulation {

cudaError_t launch_on(cudaStream_t stream, std::function<void()> run) {
  if (!stream) {
    run();
    return cudaSuccess;
  }
  Runtime& runtime = Runtime::instance();
  const std::lock_guard lock(runtime.mutex);
  if (!runtime.streams.count(stream)) return cudaErrorInvalidResourceHandle;
  const EmulatedDevice& device = runtime.device(stream->device);
  if (device.lost != cudaSuccess) return device.lost;
  const int64_t launch = ++runtime.launches;
  if (launch == runtime.faults.refused_launch) return cudaErrorLaunchOutOfResources;
  if (launch == runtime.faults.lost_launch) run = [] { throw EmulationError("the device was told to be lost"); };
  runtime.add(stream, {Work::Kind::run, std::move(run)});
  return cudaSuccess;
}

}  // namespace gridstride::emulation
