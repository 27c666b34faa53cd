#include "native/cuda/stream.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "native/core/abi.gen.h"
#include "native/cuda/launch_table.h"

using namespace gridstride;
using namespace gridstride::cuda;

namespace {

std::string rule_of(FaultKind kind, const std::string& limit) {
  if (kind == FaultKind::segment_start) return "cuSeqlens must begin at 0";
  if (kind == FaultKind::segment_order) return "cuSeqlens must not decrease";
  if (kind == FaultKind::segment_end) return "cuSeqlens must not exceed " + limit + " tokens";
  if (kind == FaultKind::segment_length) return "cuSeqlens must hold segments of at most " + limit;
  return std::string(kind == FaultKind::label ? "labels" : "indices") + " must lie in [0, " + limit + ")";
}

// As the CPU's passes say it.
std::string text_of(const DeviceFault& fault) {
  if (fault.kind == FaultKind::divisor) return "div: an integer divisor must not be 0, got 0";
  std::string op = kOpNames[fault.op];
  for (const char* pass : {"_forward", "_backward"})
    if (const size_t at = op.find(pass); at != std::string::npos) op.erase(at);
  return op + ": " + rule_of(fault.kind, std::to_string(fault.limit)) + ", got " + std::to_string(fault.value) +
         " at position " + std::to_string(fault.position);
}

}  // namespace

GsGraph::~GsGraph() {
  if (!executable || cudaSetDevice(context.ordinal()) != cudaSuccess) return;
  if (launched) {
    cudaEventSynchronize(launched);
    cudaEventDestroy(launched);
  }
  cudaGraphExecDestroy(executable);
}

GsStream::GsStream(Context& context) : context_(context) {
  context.enter();
  context.check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "cudaStreamCreate");
  staging_ = std::make_unique<Staging>(context, stream_);
  fault_ = std::make_unique<PinnedBlock>(context, static_cast<int64_t>(sizeof(DeviceFault)));
  *reinterpret_cast<DeviceFault*>(fault_->data()) = {};
}

GsStream::~GsStream() {
  if (cudaSetDevice(context_.ordinal()) != cudaSuccess) return;
  cudaStreamSynchronize(stream_);
  staging_.reset();
  cudaStreamDestroy(stream_);
}

// Grows by half at least, so that a few sizes are met and then none. A graph that was captured with the old block keeps
// it.
void* GsStream::scratch(void* owner, int64_t bytes) {
  constexpr int64_t kLeast = 1 << 20;
  auto* self = static_cast<GsStream*>(owner);
  if (!self->scratch_ || self->scratch_->bytes() < bytes) {
    const int64_t grown = self->scratch_ ? self->scratch_->bytes() * 3 / 2 : kLeast;
    self->scratch_.reset();
    self->scratch_ = std::make_shared<DeviceBlock>(self->context_, std::max(bytes, grown));
  }
  if (self->capture_ && (self->capture_->scratch.empty() || self->capture_->scratch.back() != self->scratch_))
    self->capture_->scratch.push_back(self->scratch_);
  return self->scratch_->data();
}

void GsStream::submit(int32_t op, const void* args) {
  context_.enter();
  Run run{stream_,
          context_.multiprocessors(),
          &GsStream::scratch,
          this,
          {reinterpret_cast<DeviceFault*>(fault_->data()), op}};
  launch_table()[op](args, run);
}

void GsStream::upload(void* device, const void* host, int64_t bytes) {
  context_.enter();
  if (!capture_) return staging_->upload(device, host, bytes);
  auto block = std::make_unique<PinnedBlock>(context_, bytes);
  memcpy(block->data(), host, static_cast<size_t>(bytes));
  context_.check(cudaMemcpyAsync(device, block->data(), static_cast<size_t>(bytes), cudaMemcpyHostToDevice, stream_),
                 "cudaMemcpyAsync");
  capture_->uploads.push_back(std::move(block));
}

void GsStream::download(void* host, const void* device, int64_t bytes) {
  context_.enter();
  staging_->download(host, device, bytes);
  check_faults();
}

void GsStream::synchronize() {
  context_.enter();
  context_.check(cudaStreamSynchronize(stream_), "cudaStreamSynchronize");
  check_faults();
}

// Only after waiting: what came before has been written.
void GsStream::check_faults() {
  auto* fault = reinterpret_cast<DeviceFault*>(fault_->data());
  const DeviceFault found = *fault;
  if (found.reports == 0) return;
  *fault = {};
  throw Error(ErrorCode::kData, text_of(found));
}

// Relaxed: scratch memory may grow while a capture is under way.
void GsStream::capture_begin() {
  context_.enter();
  context_.check(cudaStreamBeginCapture(stream_, cudaStreamCaptureModeRelaxed), "cudaStreamBeginCapture");
  capture_ = std::make_unique<GsGraph>(context_);
}

std::unique_ptr<GsGraph> GsStream::capture_end() {
  context_.enter();
  std::unique_ptr<GsGraph> graph = std::move(capture_);
  cudaGraph_t captured = nullptr;
  context_.check(cudaStreamEndCapture(stream_, &captured), "cudaStreamEndCapture");
  const cudaError_t status = cudaGraphInstantiate(&graph->executable, captured, 0);
  cudaGraphDestroy(captured);
  context_.check(status, "cudaGraphInstantiate");
  context_.check(cudaEventCreateWithFlags(&graph->launched, cudaEventDisableTiming), "cudaEventCreate");
  return graph;
}

void GsStream::launch(const GsGraph& graph) {
  context_.enter();
  context_.check(cudaGraphLaunch(graph.executable, stream_), "cudaGraphLaunch");
  context_.check(cudaEventRecord(graph.launched, stream_), "cudaEventRecord");
}
