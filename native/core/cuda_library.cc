#include "native/core/cuda_library.h"

#include <dlfcn.h>
#include <sys/stat.h>

#include <cstdlib>
#include <mutex>

#include "native/core/abi.gen.h"
#include "native/core/error.h"

namespace gridstride {

namespace {

std::string own_folder() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<void*>(&own_folder), &info) == 0 || info.dli_fname == nullptr) return ".";
  const std::string path = info.dli_fname;
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

std::string setting(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string message_of(const GsError& error) {
  return error.message[0] == 0 ? "the CUDA library failed without a reason" : error.message;
}

[[noreturn]] void fail(const GsError& error) {
  const bool known = error.code >= 0 && error.code <= static_cast<int32_t>(ErrorCode::kAddon);
  throw Error(known ? static_cast<ErrorCode>(error.code) : ErrorCode::kCuda, message_of(error));
}

void list_devices(CudaLibrary* library) {
  GsError error{};
  int32_t count = 0;
  if (library->table->device_count(&count, &error) != 0) {
    library->reason = message_of(error);
    return;
  }
  for (int32_t i = 0; i < count; ++i) {
    CudaDevice& device = library->devices.emplace_back();
    error = {};
    if (library->table->device_info(i, &device.info, &error) != 0) device.reason = message_of(error);
  }
  if (library->devices.empty()) library->reason = "no CUDA device was found";
}

class CudaGraph : public Backend::Graph {
 public:
  CudaGraph(const GsBackend* table, GsStream* stream, GsGraph* graph) : table_(table), stream_(stream), graph_(graph) {}
  ~CudaGraph() override {
    GsError ignored{};
    table_->graph_destroy(graph_, &ignored);
  }
  void launch() override {
    GsError error{};
    if (table_->graph_launch(graph_, stream_, &error) != 0) fail(error);
  }

 private:
  const GsBackend* table_;
  GsStream* stream_;
  GsGraph* graph_;
};

class CudaBackend : public Backend {
 public:
  CudaBackend(const GsBackend* table, int32_t ordinal) : table_(table) {
    call([&](GsError* e) { return table_->stream_create(ordinal, &stream_, e); });
  }
  ~CudaBackend() override {
    GsError ignored{};
    table_->stream_destroy(stream_, &ignored);
  }

  void* reserve(int64_t bytes) override {
    void* data = nullptr;
    GsError error{};
    if (table_->memory_reserve(stream_, bytes, &data, &error) == 0) return data;
    if (error.code == static_cast<int32_t>(ErrorCode::kOutOfMemory)) return nullptr;
    fail(error);
  }
  void release(void* data, int64_t bytes) override {
    GsError ignored{};
    table_->memory_release(stream_, data, bytes, &ignored);
  }
  void launch(OpId op, const void* args, int64_t args_bytes) override {
    call([&](GsError* e) { return table_->submit(stream_, static_cast<int32_t>(op), args, args_bytes, e); });
  }
  void upload(void* device, const void* host, int64_t bytes) override {
    call([&](GsError* e) { return table_->copy_to_device(stream_, device, host, bytes, e); });
  }
  void download(void* host, const void* device, int64_t bytes) override {
    call([&](GsError* e) { return table_->copy_to_host(stream_, host, device, bytes, e); });
  }
  void synchronize() override {
    call([&](GsError* e) { return table_->stream_synchronize(stream_, e); });
  }
  double time(const std::function<void()>& body) override {
    const Event start(*this), end(*this);
    start.record();
    body();
    end.record();
    float milliseconds = 0;
    call([&](GsError* e) { return table_->event_elapsed_ms(start.event, end.event, &milliseconds, e); });
    return milliseconds;
  }
  std::unique_ptr<Graph> capture(const std::function<void()>& body) override {
    if (!table_->capture_begin) return nullptr;
    call([&](GsError* e) { return table_->capture_begin(stream_, e); });
    GsGraph* graph = nullptr;
    try {
      body();
    } catch (...) {
      GsError ignored{};
      if (table_->capture_end(stream_, &graph, &ignored) == 0) table_->graph_destroy(graph, &ignored);
      throw;
    }
    call([&](GsError* e) { return table_->capture_end(stream_, &graph, e); });
    return std::make_unique<CudaGraph>(table_, stream_, graph);
  }

  void range_push(const std::string& text) override {
    GsError ignored{};
    if (table_->range_push) table_->range_push(text.c_str(), &ignored);
  }
  void range_pop() override {
    GsError ignored{};
    if (table_->range_pop) table_->range_pop(&ignored);
  }

 private:
  struct Event {
    CudaBackend& backend;
    GsEvent* event = nullptr;

    explicit Event(CudaBackend& backend) : backend(backend) {
      backend.call([&](GsError* e) { return backend.table_->event_create(backend.stream_, &event, e); });
    }
    ~Event() {
      GsError ignored{};
      backend.table_->event_destroy(event, &ignored);
    }
    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;
    void record() const {
      backend.call([&](GsError* e) { return backend.table_->event_record(event, backend.stream_, e); });
    }
  };

  template <class Call>
  void call(Call&& function) {
    GsError error{};
    if (function(&error) != 0) fail(error);
  }

  const GsBackend* table_;
  GsStream* stream_ = nullptr;
};

CudaLibrary find_cuda_library() {
  CudaLibrary library;
  const std::string disabled = setting("GRIDSTRIDE_DISABLE_CUDA");
  if (!disabled.empty() && disabled != "0") {
    library.reason = "disabled by GRIDSTRIDE_DISABLE_CUDA";
    return library;
  }
  const std::string chosen = setting("GRIDSTRIDE_CUDA_BACKEND");
  return open_cuda_library(chosen.empty() ? own_folder() + "/libgridstride_cuda.so" : chosen);
}

}  // namespace

CudaLibrary open_cuda_library(const std::string& path) {
  CudaLibrary library;
  library.path = path;
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) {
    library.reason = "the CUDA library is not there (" + path + "): this build has no CUDA";
    return library;
  }
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    library.reason = "the CUDA library cannot be opened: " + std::string(dlerror());
    return library;
  }
  const auto entry = reinterpret_cast<GsBackendEntry>(dlsym(handle, "gridstride_backend"));
  if (entry == nullptr) {
    library.reason = path + " is not a gridstride CUDA library";
    return library;
  }
  library.table = entry(kBackendAbi);
  if (library.table == nullptr || library.table->abi != kBackendAbi) {
    library.table = nullptr;
    library.reason = path + " was built for another version of gridstride: build both again";
    return library;
  }
  list_devices(&library);
  return library;
}

const CudaLibrary& cuda_library() {
  static CudaLibrary* library = nullptr;
  static std::once_flag once;
  std::call_once(once, [] { library = new CudaLibrary(find_cuda_library()); });
  return *library;
}

std::unique_ptr<Backend> make_cuda_backend(const CudaLibrary& library, int32_t ordinal) {
  if (library.table == nullptr || library.devices.empty())
    throw Error(ErrorCode::kDevice, "device: there is no CUDA device: " + library.reason +
                                        "; use device \"cpu\" or \"auto\", or see `gridstride info`");
  if (ordinal < 0 || ordinal >= static_cast<int32_t>(library.devices.size()))
    throw Error(ErrorCode::kDevice, "device: cuda ordinal must be below " + std::to_string(library.devices.size()) +
                                        ", got " + std::to_string(ordinal));
  if (const std::string& reason = library.devices[static_cast<size_t>(ordinal)].reason; !reason.empty())
    throw Error(ErrorCode::kDevice, "device: cuda:" + std::to_string(ordinal) + " cannot be used: " + reason);
  return std::make_unique<CudaBackend>(library.table, ordinal);
}

}  // namespace gridstride
