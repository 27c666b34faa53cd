// The CUDA library through its crossing, on the fake run time: copies, ops, scratch memory, capture and faults.
#include <cmath>
#include <cstring>
#include <thread>
#include <vector>

#include "kernels/norm/layer_norm.h"
#include "native/core/abi.gen.h"
#include "native/core/backend_abi.h"
#include "native/emulation/runtime/device.h"
#include "test/native/kernel_check.h"

extern "C" const GsBackend* gridstride_backend(uint64_t abi);

namespace gridstride::test {
namespace {

const GsBackend& table() { return *gridstride_backend(kBackendAbi); }

// Starts the run time anew: a device that one test lost is whole again, but contexts remember.
void start(const char* faults) { emulation::Runtime::instance().restart(emulation::parse_faults(faults)); }

bool is(ErrorCode code, const GsError& error, const char* text) {
  return error.code == static_cast<int32_t>(code) && strstr(error.message, text) != nullptr;
}

class Stream {
 public:
  explicit Stream(int32_t ordinal = 0) { expect(table().stream_create(ordinal, &stream_, &error_), "stream_create"); }
  ~Stream() { expect(table().stream_destroy(stream_, &error_), "stream_destroy"); }

  void* reserve(int64_t bytes) {
    void* data = nullptr;
    expect(table().memory_reserve(stream_, bytes, &data, &error_), "memory_reserve");
    return data;
  }
  void release(void* data, int64_t bytes) {
    expect(table().memory_release(stream_, data, bytes, &error_), "memory_release");
  }
  void upload(void* device, const Buffer& host) {
    expect(table().copy_to_device(stream_, device, host.bytes().data(), static_cast<int64_t>(host.bytes().size()),
                                  &error_),
           "copy_to_device");
  }
  Buffer download(const void* device, int64_t count) {
    Buffer host(DType::f32, count);
    expect(table().copy_to_host(stream_, host.data(), device, count * 4, &error_), "copy_to_host");
    return host;
  }
  GsStream* get() { return stream_; }
  void expect(int32_t status, const char* what) { check(status == 0, std::string(what) + ": " + error_.message); }

 private:
  GsStream* stream_ = nullptr;
  GsError error_{};
};

void crossing() {
  check(gridstride_backend(kBackendAbi + 1) == nullptr, "a library of another ABI gives no table");
  int32_t count = 0;
  GsError error{};
  GsDeviceInfo info{};
  check(table().device_count(&count, &error) == 0 && count == 2, "two devices");
  check(table().device_info(1, &info, &error) == 0 && info.is_emulation == 1 && info.capability_major == 8 &&
            info.driver_version == 13000 && info.memory_bytes > 0 && info.multiprocessors > 0,
        "device_info");
  check(table().device_info(2, &info, &error) != 0 && is(ErrorCode::kDevice, error, "invalid device"),
        "a wrong ordinal");
  Stream stream;
  check(table().submit(stream.get(), kOpCount, nullptr, 0, &error) != 0 && is(ErrorCode::kUnsupportedOp, error, "id"),
        "an op id out of range");
}

// Larger than all staging slots, and many small ones: no slot is used again too early.
void copies() {
  Stream stream(1);
  constexpr int64_t kLarge = (10 << 18) + 3;
  const Buffer large(DType::f32, kLarge, 1);
  void* data = stream.reserve(kLarge * 4);
  stream.upload(data, large);
  check(stream.download(data, kLarge).bytes() == large.bytes(), "a copy larger than the staging memory");
  constexpr int64_t kSmall = 5000;
  for (int64_t i = 0; i < 1000; ++i)
    stream.upload(static_cast<float*>(data) + i * 100, Buffer(DType::f32, std::vector<double>(100, double(i))));
  stream.upload(static_cast<float*>(data) + kSmall, Buffer(DType::f32, kSmall, 2));
  const Buffer got = stream.download(data, kSmall);
  bool same = true;
  for (int64_t i = 0; i < kSmall; ++i) same = same && got.get(i) == static_cast<double>(i / 100);
  check(same, "many small copies");
  stream.release(data, kLarge * 4);
}

// Layer norm backward takes scratch memory for its partial sums.
struct LayerNormCase {
  int64_t rows, channels;
  Buffer dy, x, mean, inv_std;
  Buffer expected;  // dgamma

  LayerNormCase(int64_t rows, int64_t channels)
      : rows(rows),
        channels(channels),
        dy(DType::f32, rows * channels, 3),
        x(DType::f32, rows * channels, 4),
        mean(DType::f32, std::vector<double>(static_cast<size_t>(rows), 0.0)),
        inv_std(DType::f32, std::vector<double>(static_cast<size_t>(rows), 1.0)),
        expected(DType::f32, channels) {
    for (int64_t c = 0; c < channels; ++c) {
      double sum = 0;
      for (int64_t r = 0; r < rows; ++r) sum += dy.get(r * channels + c) * x.get(r * channels + c);
      expected.set(c, sum);
    }
  }
};

struct DeviceCase {
  const LayerNormCase& host;
  Stream& stream;
  int64_t count;
  float* data;
  LayerNormBackwardArgs args{};

  DeviceCase(const LayerNormCase& host, Stream& stream)
      : host(host), stream(stream), count(host.rows * host.channels), data(nullptr) {
    const int64_t all = 3 * count + 2 * host.rows + 2 * host.channels;
    data = static_cast<float*>(stream.reserve(all * 4));
    float* mean = data + 3 * count;
    args.dy = data, args.x = data + count, args.dx = data + 2 * count;
    args.mean = mean, args.inv_std = mean + host.rows;
    args.dgamma = mean + 2 * host.rows, args.dbeta = mean + 2 * host.rows + host.channels;
    args.rows = host.rows, args.channels = host.channels;
    args.dtype = args.parameter_dtype = DType::f32;
    upload(host.dy);
    stream.upload(data + count, host.x);
    stream.upload(mean, host.mean);
    stream.upload(mean + host.rows, host.inv_std);
  }
  ~DeviceCase() {  // fails on a lost device; nothing_is_left() sees to the others
    GsError ignored{};
    table().memory_release(stream.get(), data, 0, &ignored);
  }
  void upload(const Buffer& dy) { stream.upload(data, dy); }
  int32_t submit(GsError* error) {
    return table().submit(stream.get(), static_cast<int32_t>(OpId::layer_norm_backward), &args, sizeof args, error);
  }
  Buffer dgamma() { return stream.download(args.dgamma, host.channels); }
};

void ops_with_scratch() {
  Stream stream;
  GsError error{};
  const LayerNormCase small(9, 64), large(700, 512);
  DeviceCase first(small, stream), second(large, stream);
  for (DeviceCase* one : {&first, &second, &first})
    check(one->submit(&error) == 0, std::string("submit: ") + error.message);
  check_close(first.dgamma(), small.expected, 64, "dgamma of the small case");
  check_close(second.dgamma(), large.expected, 512, "dgamma of the large case");
}

// A graph captured with small scratch memory keeps it when the stream's grows.
void graph() {
  Stream stream;
  GsError error{};
  GsGraph* graph = nullptr;
  const LayerNormCase small(9, 64), large(700, 512);
  DeviceCase first(small, stream), second(large, stream);
  check(table().capture_begin(stream.get(), &error) == 0, "capture_begin");
  check(first.submit(&error) == 0, "submit in a capture");
  first.upload(small.dy);  // part of the graph: its source is kept
  check(table().capture_end(stream.get(), &graph, &error) == 0, std::string("capture_end: ") + error.message);
  check(std::isnan(first.dgamma().get(0)), "a capture computes nothing");
  check(second.submit(&error) == 0, "submit after a capture");
  for (int i = 0; i < 2; ++i) {
    check(table().graph_launch(graph, stream.get(), &error) == 0, "graph_launch");
    check_close(first.dgamma(), small.expected, 64, "dgamma of a replay");
    first.upload(small.x);  // the next replay puts dy back, after it has computed
    check(table().graph_launch(graph, stream.get(), &error) == 0, "graph_launch");
    check(first.dgamma().get(0) != small.expected.get(0), "a replay reads its inputs anew");
  }
  check(table().graph_destroy(graph, &error) == 0, "graph_destroy");
}

void events() {
  Stream stream;
  GsError error{};
  GsEvent *begin = nullptr, *end = nullptr;
  float milliseconds = -1;
  table().event_create(stream.get(), &begin, &error);
  table().event_create(stream.get(), &end, &error);
  table().event_record(begin, stream.get(), &error);
  table().event_record(end, stream.get(), &error);
  check(table().event_elapsed_ms(begin, end, &milliseconds, &error) == 0 && milliseconds >= 0, "elapsed time");
  table().event_destroy(begin, &error);
  table().event_destroy(end, &error);
}

// Each thread its own stream on the one device.
void two_threads() {
  const auto work = [](Buffer* result, const LayerNormCase* host) {
    Stream stream;
    GsError error{};
    DeviceCase device(*host, stream);
    for (int i = 0; i < 5; ++i) device.submit(&error);
    *result = device.dgamma();
  };
  const LayerNormCase a(20, 64), b(33, 128);
  Buffer of_a(DType::f32, 64), of_b(DType::f32, 128);
  std::thread first(work, &of_a, &a), second(work, &of_b, &b);
  first.join();
  second.join();
  check_close(of_a, a.expected, 64, "dgamma of the first thread");
  check_close(of_b, b.expected, 64, "dgamma of the second thread");
}

void nothing_is_left() {
  const auto& runtime = emulation::Runtime::instance();
  check(runtime.live_allocations() == 0 && runtime.pinned.empty() && runtime.streams.empty(), "nothing is left alive");
  check(runtime.violations().empty(), runtime.violations().empty() ? "" : runtime.violations().front());
}

void missing_devices() {
  int32_t count = 0;
  GsError error{};
  GsDeviceInfo info{};
  for (const auto& [fault, text] : {std::pair{"no_driver", "no NVIDIA driver was found"},
                                    {"old_driver", "driver is too old: CUDA 11.4"},
                                    {"no_device", "no CUDA device was found"}}) {
    start(fault);
    check(table().device_count(&count, &error) != 0 && is(ErrorCode::kDevice, error, text), fault);
  }
  start("broken_device");
  check(table().device_count(&count, &error) == 0 && count == 2, "a broken device counts");
  check(table().device_info(0, &info, &error) != 0 && is(ErrorCode::kDevice, error, "cannot be read"), "and says why");
}

void memory_runs_out() {
  start("memory=1048576");
  Stream stream;
  GsError error{};
  void* data = nullptr;
  check(
      table().memory_reserve(stream.get(), 2 << 20, &data, &error) != 0 && is(ErrorCode::kOutOfMemory, error, "memory"),
      "no memory left");
  void* half = stream.reserve(1 << 19);
  stream.release(half, 1 << 19);
}

void refused_launch() {
  start("refused_launch=1");
  Stream stream;
  GsError error{};
  const LayerNormCase host(9, 64);
  DeviceCase device(host, stream);
  check(device.submit(&error) != 0 && is(ErrorCode::kCuda, error, "layer_norm_backward: the kernel must start"),
        std::string("a refused launch: ") + error.message);
  check(device.submit(&error) == 0, "the next one runs");
  check_close(device.dgamma(), host.expected, 64, "dgamma after a refused launch");
}

// Last: the context remembers.
void lost_device() {
  start("lost_launch=1");
  GsError error{};
  Stream stream(1);
  const LayerNormCase host(9, 64);
  DeviceCase device(host, stream);
  check(device.submit(&error) == 0, "the launch itself is asynchronous");
  for (int i = 0; i < 2; ++i) {
    check(table().stream_synchronize(stream.get(), &error) != 0 &&
              is(ErrorCode::kCuda, error, "cuda:1: the device stopped working") &&
              is(ErrorCode::kCuda, error, "cudaStreamSynchronize: the device was told to be lost"),
          std::string("a lost device: ") + error.message);
    check(device.submit(&error) != 0 && is(ErrorCode::kCuda, error, "stopped working"), "nothing more is submitted");
  }
  GsStream* other = nullptr;
  check(table().stream_create(1, &other, &error) != 0 && is(ErrorCode::kCuda, error, "stopped working"),
        "nor is a stream made");
}

}  // namespace
}  // namespace gridstride::test

int main() {
  using namespace gridstride::test;
  start("");
  crossing();
  copies();
  ops_with_scratch();
  graph();
  events();
  two_threads();
  nothing_is_left();
  missing_devices();
  memory_runs_out();
  refused_launch();
  nothing_is_left();
  lost_device();
  return close();
}
