// The crossing's functions (native/core/backend_abi.h): nothing throws past this file.
#include <cstdio>
#include <exception>

#include "native/core/abi.gen.h"
#include "native/core/backend_abi.h"
#include "native/core/error.h"
#include "native/cuda/nvtx.h"
#include "native/cuda/stream.h"

namespace gridstride::cuda {

namespace {

template <class Body>
int32_t guarded(GsError* error, Body&& body) {
  const auto describe = [&](ErrorCode code, const char* text) {
    error->code = static_cast<int32_t>(code);
    snprintf(error->message, sizeof error->message, "%s", text);
    return 1;
  };
  try {
    body();
    return 0;
  } catch (const Error& thrown) {
    return describe(thrown.code(), thrown.what());
  } catch (const std::exception& thrown) {
    return describe(ErrorCode::kCuda, thrown.what());
  }
}

int32_t device_count(int32_t* count, GsError* error) {
  return guarded(error, [&] { *count = count_devices(); });
}
int32_t device_properties(int32_t ordinal, GsDeviceInfo* info, GsError* error) {
  return guarded(error, [&] { *info = device_info(ordinal); });
}

int32_t stream_create(int32_t ordinal, GsStream** stream, GsError* error) {
  return guarded(error, [&] { *stream = new GsStream(Context::of(ordinal)); });
}
int32_t stream_destroy(GsStream* stream, GsError* error) {
  return guarded(error, [&] { delete stream; });
}
int32_t stream_synchronize(GsStream* stream, GsError* error) {
  return guarded(error, [&] { stream->synchronize(); });
}

int32_t memory_reserve(GsStream* stream, int64_t bytes, void** data, GsError* error) {
  return guarded(error, [&] {
    stream->context().enter();
    stream->context().check(cudaMalloc(data, static_cast<size_t>(bytes)), "cudaMalloc");
  });
}
// cudaFree waits for the device: whatever still uses the block has passed.
int32_t memory_release(GsStream* stream, void* data, int64_t, GsError* error) {
  return guarded(error, [&] {
    stream->context().enter();
    stream->context().check(cudaFree(data), "cudaFree");
  });
}

int32_t copy_to_device(GsStream* stream, void* device, const void* host, int64_t bytes, GsError* error) {
  return guarded(error, [&] { stream->upload(device, host, bytes); });
}
int32_t copy_to_host(GsStream* stream, void* host, const void* device, int64_t bytes, GsError* error) {
  return guarded(error, [&] { stream->download(host, device, bytes); });
}

int32_t submit(GsStream* stream, int32_t op, const void* args, int64_t, GsError* error) {
  return guarded(error, [&] {
    if (op < 0 || op >= kOpCount) throw Error(ErrorCode::kUnsupportedOp, "submit: no op has this id");
    stream->submit(op, args);
  });
}

int32_t event_create(GsStream* stream, GsEvent** event, GsError* error) {
  return guarded(error, [&] {
    Context& context = stream->context();
    context.enter();
    cudaEvent_t made = nullptr;
    context.check(cudaEventCreateWithFlags(&made, cudaEventDefault), "cudaEventCreate");
    *event = new GsEvent{context, made};
  });
}
int32_t event_record(GsEvent* event, GsStream* stream, GsError* error) {
  return guarded(error, [&] {
    event->context.enter();
    event->context.check(cudaEventRecord(event->event, stream->stream()), "cudaEventRecord");
  });
}
int32_t event_elapsed_ms(GsEvent* start, GsEvent* end, float* milliseconds, GsError* error) {
  return guarded(error, [&] {
    end->context.enter();
    end->context.check(cudaEventSynchronize(end->event), "cudaEventSynchronize");
    end->context.check(cudaEventElapsedTime(milliseconds, start->event, end->event), "cudaEventElapsedTime");
  });
}
int32_t event_destroy(GsEvent* event, GsError* error) {
  return guarded(error, [&] {
    cudaEventDestroy(event->event);
    delete event;
  });
}

int32_t capture_begin(GsStream* stream, GsError* error) {
  return guarded(error, [&] { stream->capture_begin(); });
}
int32_t capture_end(GsStream* stream, GsGraph** graph, GsError* error) {
  return guarded(error, [&] { *graph = stream->capture_end().release(); });
}
int32_t graph_launch(GsGraph* graph, GsStream* stream, GsError* error) {
  return guarded(error, [&] { stream->launch(*graph); });
}
int32_t graph_destroy(GsGraph* graph, GsError* error) {
  return guarded(error, [&] { delete graph; });
}

int32_t range_push(const char* text, GsError* error) {
  return guarded(error, [&] { push_range(text); });
}
int32_t range_pop(GsError* error) {
  return guarded(error, [] { pop_range(); });
}

const GsBackend kTable = {
    kBackendAbi,    device_count,     device_properties, stream_create, stream_destroy, stream_synchronize,
    memory_reserve, memory_release,   copy_to_device,    copy_to_host,  submit,         event_create,
    event_record,   event_elapsed_ms, event_destroy,     capture_begin, capture_end,    graph_launch,
    graph_destroy,  range_push,       range_pop,
};

}  // namespace

}  // namespace gridstride::cuda

extern "C" __attribute__((visibility("default"))) const GsBackend* gridstride_backend(uint64_t abi) {
  return abi == gridstride::kBackendAbi ? &gridstride::cuda::kTable : nullptr;
}
