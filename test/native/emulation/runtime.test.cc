// The fake run time against CUDA's rules: lazy streams in any order, events, copies, capture, faults; and the mistakes
// of host code it must catch, each beside the same code without the mistake.
#include "native/emulation/runtime/device.h"

#include <cstring>
#include <vector>

#include "test/native/emulation/child.h"
#include "test/native/kernel_check.h"

namespace gridstride::test {
namespace {

using emulation::Faults;
using emulation::Runtime;

constexpr int kSeeds = 8;
constexpr size_t kBytes = 4096;

void start(const Faults& faults = {}) { Runtime::instance().restart(faults); }

char* device_memory(size_t bytes = kBytes) {
  void* data = nullptr;
  check(cudaMalloc(&data, bytes) == cudaSuccess, "cudaMalloc");
  return static_cast<char*>(data);
}
char* pinned_memory(size_t bytes = kBytes) {
  void* data = nullptr;
  check(cudaMallocHost(&data, bytes) == cudaSuccess, "cudaMallocHost");
  return static_cast<char*>(data);
}
cudaStream_t new_stream() {
  cudaStream_t stream = nullptr;
  check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking) == cudaSuccess, "cudaStreamCreate");
  return stream;
}
char first_byte(const char* device, cudaStream_t stream) {
  char byte = 0;
  cudaMemcpyAsync(&byte, device, 1, cudaMemcpyDeviceToHost, stream);
  cudaStreamSynchronize(stream);
  return byte;
}

// One stream writes, another copies: without the event some order of turns copies too early.
bool second_stream_sees_first(bool broken, uint64_t seed) {
  Faults faults;
  faults.seed = seed;
  start(faults);
  cudaStream_t writer = new_stream(), reader = new_stream();
  char *source = device_memory(), *target = device_memory();
  cudaEvent_t written = nullptr;
  cudaEventCreateWithFlags(&written, cudaEventDisableTiming);
  cudaMemsetAsync(source, 7, kBytes, writer);
  cudaEventRecord(written, writer);
  if (!broken) cudaStreamWaitEvent(reader, written);
  cudaMemcpyAsync(target, source, kBytes, cudaMemcpyDeviceToDevice, reader);
  const bool right = first_byte(target, reader) == 7;
  cudaEventDestroy(written);
  for (cudaStream_t stream : {writer, reader}) cudaStreamDestroy(stream);
  for (char* data : {source, target}) cudaFree(data);
  check(Runtime::instance().violations().empty() && Runtime::instance().live_allocations() == 0, "nothing is left");
  return right;
}

void missing_stream_dependency() {
  int wrong = 0;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    check(second_stream_sees_first(false, seed), "a stream that waits for an event sees what came before it");
    wrong += !second_stream_sees_first(true, seed);
  }
  check(wrong > 0, "a missing stream dependency shows within " + std::to_string(kSeeds) + " orders");
}

void reused_staging_buffer() {
  start();
  cudaStream_t stream = new_stream();
  char *staging = pinned_memory(), *first = device_memory(), *second = device_memory();
  const auto upload = [&](char* target, char value) {
    memset(staging, value, kBytes);
    cudaMemcpyAsync(target, staging, kBytes, cudaMemcpyHostToDevice, stream);
  };
  upload(first, 1);
  upload(second, 2);
  check(first_byte(first, stream) == 2, "a staging buffer reused too early shows in every run");
  upload(first, 1);
  cudaStreamSynchronize(stream);
  upload(second, 2);
  check(first_byte(first, stream) == 1 && first_byte(second, stream) == 2, "a staging buffer reused in time");
  cudaStreamDestroy(stream);
  cudaFree(first);
  cudaFree(second);
  cudaFreeHost(staging);
}

void host_access_to_device_memory() {
  start();
  char* data = device_memory();
  const std::string output = run_in_child([&] {
    fputs("before ", stderr);
    volatile char byte = *data;
    (void)byte;
    fputs("after", stderr);
  });
  check(output.find("before") != std::string::npos && output.find("after") == std::string::npos,
        "the host cannot read device memory: " + output);
  cudaFree(data);
}

void mistakes_of_memory() {
  start();
  Runtime& runtime = Runtime::instance();
  cudaStream_t stream = new_stream();
  char* data = device_memory(100);
  check(runtime.live_allocations() == 1, "a leak is counted");
  std::vector<char> host(200);
  check(cudaMemcpyAsync(data, host.data(), 101, cudaMemcpyHostToDevice, stream) == cudaErrorInvalidValue,
        "a copy past the end of an allocation");
  check(cudaMemcpyAsync(host.data(), host.data() + 100, 50, cudaMemcpyDeviceToHost, stream) == cudaErrorInvalidValue,
        "a copy from the device of host memory");
  check(cudaMemcpyAsync(data, data, 50, cudaMemcpyHostToDevice, stream) == cudaErrorInvalidValue,
        "a copy from the host of device memory");
  check(cudaFree(data) == cudaSuccess && cudaFree(data) == cudaErrorInvalidValue, "a double free");
  check(cudaFreeHost(host.data()) == cudaErrorInvalidValue, "a free of memory that is not pinned");
  check(runtime.violations().size() == 5, "five violations are remembered");
  cudaStreamDestroy(stream);
}

void fresh_memory_is_poisoned() {
  start();
  cudaStream_t stream = new_stream();
  char* data = device_memory();
  check(first_byte(data, stream) == static_cast<char>(0xff), "fresh device memory is NaN");
  cudaStreamDestroy(stream);
  cudaFree(data);
}

void capture() {
  start();
  cudaStream_t stream = new_stream();
  char *data = device_memory(), *staging = pinned_memory();
  cudaStreamBeginCapture(stream, cudaStreamCaptureModeRelaxed);
  cudaMemcpyAsync(data, staging, kBytes, cudaMemcpyHostToDevice, stream);
  cudaGraph_t graph = nullptr;
  cudaGraphExec_t executable = nullptr;
  check(cudaStreamEndCapture(stream, &graph) == cudaSuccess && graph, "a capture ends in a graph");
  cudaGraphInstantiate(&executable, graph);
  cudaGraphDestroy(graph);
  check(first_byte(data, stream) == static_cast<char>(0xff), "a capture runs nothing");
  for (const char value : {3, 4}) {
    memset(staging, value, kBytes);
    cudaGraphLaunch(executable, stream);
    check(first_byte(data, stream) == value, "a replay reads its inputs anew");
  }
  cudaStreamBeginCapture(stream, cudaStreamCaptureModeRelaxed);
  check(cudaStreamSynchronize(stream) == cudaErrorStreamCaptureUnsupported, "waiting while capturing is refused");
  check(cudaStreamEndCapture(stream, &graph) == cudaErrorStreamCaptureInvalidated && !graph, "and breaks the capture");
  cudaGraphExecDestroy(executable);
  cudaStreamDestroy(stream);
  cudaFree(data);
  cudaFreeHost(staging);
}

void faults() {
  int count = 0, driver = 0;
  start(emulation::parse_faults("no_driver"));
  check(cudaGetDeviceCount(&count) == cudaErrorInsufficientDriver && cudaDriverGetVersion(&driver) == cudaSuccess &&
            driver == 0,
        "no driver");
  start(emulation::parse_faults("no_device,unknown"));
  check(cudaGetDeviceCount(&count) == cudaErrorNoDevice, "no device");
  start(emulation::parse_faults("memory=8192"));
  void *a = device_memory(5000), *b = nullptr;
  check(cudaMalloc(&b, 100) == cudaErrorMemoryAllocation, "memory runs out");
  check(cudaFree(a) == cudaSuccess && cudaMalloc(&b, 100) == cudaSuccess && cudaFree(b) == cudaSuccess,
        "and is there again once something was freed");
}

}  // namespace
}  // namespace gridstride::test

int main() {
  using namespace gridstride::test;
  missing_stream_dependency();
  reused_staging_buffer();
  host_access_to_device_memory();
  mistakes_of_memory();
  fresh_memory_is_poisoned();
  capture();
  faults();
  return close();
}
