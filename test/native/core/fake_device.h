// A device of host memory whose launches are whatever the test says, and records for its queue.
#pragma once

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "native/core/device.h"
#include "native/core/tensor.h"
#include "native/core/trace.h"

namespace gridstride::test {

// What a launch gets: the memory of its slots.
struct FakeArgs {
  float* slots[4];
  int64_t value;
};

class FakeBackend : public Backend {
 public:
  std::function<void(const FakeArgs&)> kernel = [](const FakeArgs&) {};
  std::atomic<int64_t> limit{INT64_MAX};
  std::atomic<int64_t> reserved_bytes{0};
  std::atomic<int> reserves{0};

  void* reserve(int64_t bytes) override {
    if (reserved_bytes + bytes > limit) return nullptr;
    ++reserves;
    reserved_bytes += bytes;
    return std::aligned_alloc(64, static_cast<size_t>((bytes + 63) / 64 * 64));
  }
  void release(void* data, int64_t bytes) override {
    reserved_bytes -= bytes;
    std::free(data);
  }
  void launch(OpId, const void* args, int64_t) override {
    const FakeArgs& given = *static_cast<const FakeArgs*>(args);
    if (captured_) return captured_->push_back(given);
    kernel(given);
  }
  void upload(void* device, const void* host, int64_t bytes) override { memcpy(device, host, size_t(bytes)); }
  void download(void* host, const void* device, int64_t bytes) override { memcpy(host, device, size_t(bytes)); }
  bool fails_to_wait = false;
  void synchronize() override {
    if (fails_to_wait) throw Error(ErrorCode::kCuda, "fake: told to fail");
  }

  bool is_host = false;
  bool is_host_memory() const override { return is_host; }

  bool has_graphs = false;
  int graph_launches = 0;
  std::unique_ptr<Graph> capture(const std::function<void()>& body) override {
    if (!has_graphs) return nullptr;
    auto graph = std::make_unique<FakeGraph>(*this);
    captured_ = &graph->launches;
    body();
    captured_ = nullptr;
    return graph;
  }

 private:
  struct FakeGraph : Graph {
    explicit FakeGraph(FakeBackend& backend) : backend(backend) {}
    void launch() override {
      ++backend.graph_launches;
      for (const FakeArgs& args : launches) backend.kernel(args);
    }
    FakeBackend& backend;
    std::vector<FakeArgs> launches;
  };
  std::vector<FakeArgs>* captured_ = nullptr;
};

struct FakeDevice {
  Trace trace;
  FakeBackend* backend;
  Device device;

  FakeDevice() : FakeDevice(std::make_unique<FakeBackend>()) {}
  Queue& queue() { return device.queue(); }
  Tensor tensor(int64_t size = 4) { return empty(device, DType::f32, {size}); }

 private:
  explicit FakeDevice(std::unique_ptr<FakeBackend> made)
      : backend(made.get()), device("fake", std::move(made), trace) {}
};

inline Record launch_record(std::initializer_list<std::pair<Tensor, Access>> slots, int64_t value = 0) {
  Record record;
  FakeArgs args{};
  args.value = value;
  const auto* bytes = reinterpret_cast<const std::byte*>(&args);
  record.args.assign(bytes, bytes + sizeof args);
  uint16_t at = 0;
  for (const auto& [x, access] : slots) {
    record.slots.push_back({at, access, x.dtype, x.shape, x.offset * 4, x.storage});
    at += sizeof(float*);
    if (access == Access::write) record.new_bytes += x.storage->bytes();
  }
  return record;
}

inline Record host_record(std::function<void()> body) {
  Record record;
  record.kind = RecordKind::host;
  record.finish = [body = std::move(body)](const auto&) { body(); };
  return record;
}

using Result = std::shared_ptr<const Failure>;

// Holds the queue until it is opened, and counts as one queued op so long.
class Gate {
 public:
  explicit Gate(Queue& queue) {
    Record record = host_record([open = open_.get_future().share()] { open.wait(); });
    record.kind = RecordKind::replay;
    queue.submit(std::move(record));
  }
  void open() { open_.set_value(); }

 private:
  std::promise<void> open_;
};

// Waits for all that was queued; the first failure since the last time.
inline Result wait_for(Queue& queue) {
  auto done = std::make_shared<std::promise<Result>>();
  auto result = done->get_future();
  queue.sync([done](const Result& failure) { done->set_value(failure); });
  return result.get();
}

inline std::string code_of(const Result& failure) { return failure ? error_code_name(failure->error.code()) : "none"; }

// Reads through the queue: the elements, or the failure.
inline std::pair<std::vector<float>, Result> read(Queue& queue, const Tensor& x) {
  Record record;
  record.kind = RecordKind::download;
  record.slots.push_back({0, Access::read, x.dtype, x.shape, x.offset * 4, x.storage});
  record.payload = std::make_shared<std::vector<std::byte>>();
  record.payload_bytes = x.numel() * 4;
  const auto payload = record.payload;
  auto done = std::make_shared<std::promise<Result>>();
  record.finish = [done](const Result& failure) { done->set_value(failure); };
  auto result = done->get_future();
  queue.submit(std::move(record));
  const Result failure = result.get();
  std::vector<float> values(payload->size() / 4);
  if (!failure) memcpy(values.data(), payload->data(), payload->size());
  return {values, failure};
}

}  // namespace gridstride::test
