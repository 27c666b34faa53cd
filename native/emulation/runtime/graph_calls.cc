// Capture of one stream's work, and its replay as a whole.
#include "native/emulation/runtime/device.h"

using gridstride::emulation::EmulatedDevice;
using gridstride::emulation::Runtime;

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode) {
  Runtime& runtime = Runtime::instance();
  const std::lock_guard lock(runtime.mutex);
  if (!runtime.streams.count(stream)) return cudaErrorInvalidResourceHandle;
  if (stream->capture) return cudaErrorStreamCaptureUnsupported;
  stream->capture = std::make_unique<CUgraph_st>();
  stream->is_capture_broken = false;
  return cudaSuccess;
}

cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  Runtime& runtime = Runtime::instance();
  const std::lock_guard lock(runtime.mutex);
  *graph = nullptr;
  if (!runtime.streams.count(stream)) return cudaErrorInvalidResourceHandle;
  if (!stream->capture) return cudaErrorInvalidValue;
  std::unique_ptr<CUgraph_st> captured = std::move(stream->capture);
  if (stream->is_capture_broken) return cudaErrorStreamCaptureInvalidated;
  *graph = captured.release();
  return cudaSuccess;
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t* executable, cudaGraph_t graph, unsigned long long) {
  *executable = new CUgraphExec_st{graph->work};
  return cudaSuccess;
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t executable, cudaStream_t stream) {
  Runtime& runtime = Runtime::instance();
  const std::lock_guard lock(runtime.mutex);
  if (!runtime.streams.count(stream)) return cudaErrorInvalidResourceHandle;
  const EmulatedDevice& device = runtime.device(stream->device);
  if (device.lost != cudaSuccess) return device.lost;
  for (const auto& work : executable->work) runtime.add(stream, work);
  return cudaSuccess;
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t executable) {
  delete executable;
  return cudaSuccess;
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  delete graph;
  return cudaSuccess;
}
