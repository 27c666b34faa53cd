// A stand-in for the CUDA library: two devices in host memory behind the same entry point. It checks every call and
// fails on demand (faults.h).
#include "native/core/backend_abi.h"

#include <cstdlib>
#include <cstring>

#include "native/core/abi.gen.h"
#include "native/core/error.h"
#include "test/native/mock_backend/faults.h"
#include "test/native/mock_backend/state.h"

namespace gridstride::mock {

namespace {

constexpr int32_t kDeviceCode = static_cast<int32_t>(ErrorCode::kDevice);
constexpr int32_t kDriver = 13000;

// Holds the state and counts the call; the stream, where there is one, must live.
struct Call {
  State& state = State::instance();
  std::lock_guard<std::mutex> lock{state.mutex};

  explicit Call(const char* name) { ++state.calls[name]; }
  int64_t count(const char* name) { return state.calls[name]; }
};

int32_t device_count(int32_t* count, GsError* error) {
  Call call("device_count");
  if (is_told("no_driver")) return call.state.fail(error, kDeviceCode, "no NVIDIA driver was found");
  if (is_told("old_driver"))
    return call.state.fail(error, kDeviceCode, "the NVIDIA driver is too old: 11.4, needs 12.0");
  *count = is_told("no_device") ? 0 : kDevices;
  return 0;
}

int32_t device_info(int32_t ordinal, GsDeviceInfo* info, GsError* error) {
  Call call("device_info");
  if (ordinal < 0 || ordinal >= kDevices) return call.state.violation(error, "device_info of a device out of range");
  if (ordinal == 0 && is_told("broken_device")) return call.state.fail(error, kDeviceCode, "mock device 0 is broken");
  std::snprintf(info->name, sizeof info->name, "Mock %d", ordinal);
  info->capability_major = 8;
  info->capability_minor = ordinal;
  info->multiprocessors = 1;
  info->driver_version = kDriver;
  info->memory_bytes = 1 << 30;
  info->is_emulation = is_told("real") ? 0 : 1;
  return 0;
}

int32_t stream_create(int32_t ordinal, GsStream** stream, GsError* error) {
  Call call("stream_create");
  if (ordinal < 0 || ordinal >= kDevices) return call.state.violation(error, "stream_create on a device out of range");
  if (ordinal == 0 && is_told("broken_device")) return call.state.fail(error, kDeviceCode, "mock device 0 is broken");
  *stream = new GsStream{ordinal};
  call.state.streams.insert(*stream);
  return 0;
}

int32_t stream_destroy(GsStream* stream, GsError* error) {
  Call call("stream_destroy");
  if (call.state.streams.erase(stream) == 0) return call.state.violation(error, "stream_destroy of no live stream");
  delete stream;
  return 0;
}

int32_t stream_synchronize(GsStream* stream, GsError* error) {
  Call call("stream_synchronize");
  return call.state.is_live(stream) ? 0 : call.state.violation(error, "stream_synchronize on no live stream");
}

int32_t memory_reserve(GsStream* stream, int64_t bytes, void** data, GsError* error) {
  Call call("memory_reserve");
  if (!call.state.is_live(stream)) return call.state.violation(error, "memory_reserve on no live stream");
  if (bytes <= 0) return call.state.violation(error, "memory_reserve of no bytes");
  const long failing = told_number("reserve");
  if (failing > 0 && call.count("memory_reserve") >= failing)
    return call.state.fail(error, static_cast<int32_t>(ErrorCode::kOutOfMemory), "mock: no memory left");
  auto* block = static_cast<char*>(std::aligned_alloc(256, static_cast<size_t>((bytes + 255) & ~int64_t{255})));
  memset(block, 0xcd, static_cast<size_t>(bytes));
  call.state.allocations[block] = {bytes, stream->ordinal};
  *data = block;
  return 0;
}

int32_t memory_release(GsStream* stream, void* data, int64_t bytes, GsError* error) {
  Call call("memory_release");
  if (!call.state.is_live(stream)) return call.state.violation(error, "memory_release on no live stream");
  const auto found = call.state.allocations.find(static_cast<char*>(data));
  if (found == call.state.allocations.end()) return call.state.violation(error, "memory_release of no live block");
  if (found->second.bytes != bytes) return call.state.violation(error, "memory_release of another size");
  call.state.allocations.erase(found);
  std::free(data);
  return 0;
}

int32_t copy_to_device(GsStream* stream, void* device, const void* host, int64_t bytes, GsError* error) {
  Call call("copy_to_device");
  if (!call.state.is_live(stream) || !call.state.is_inside(stream, device, bytes))
    return call.state.violation(error, "copy_to_device outside the live allocations");
  memcpy(device, host, static_cast<size_t>(bytes));
  return 0;
}

int32_t copy_to_host(GsStream* stream, void* host, const void* device, int64_t bytes, GsError* error) {
  Call call("copy_to_host");
  if (!call.state.is_live(stream) || !call.state.is_inside(stream, device, bytes))
    return call.state.violation(error, "copy_to_host outside the live allocations");
  memcpy(host, device, static_cast<size_t>(bytes));
  return 0;
}

int32_t submit(GsStream* stream, int32_t op, const void* args, int64_t args_bytes, GsError* error) {
  Call call("submit");
  if (!call.state.is_live(stream)) return call.state.violation(error, "submit on no live stream");
  if (op < 0 || op >= kOpCount) return call.state.violation(error, "submit of an op out of range");
  ++call.state.calls[std::string("submit ") + kOpNames[op]];
  if (args_bytes != args_bytes_of(op)) return call.state.violation(error, "submit with Args of another size");
  if (call.count("submit") == told_number("submit"))
    return call.state.fail(error, static_cast<int32_t>(ErrorCode::kCuda), "mock: this submit was told to fail");
  try {
    if (run_pass(call.state, stream, op, args)) return 0;
  } catch (const std::string& broken) {
    return call.state.violation(error, std::string(kOpNames[op]) + ": " + broken);
  }
  return call.state.fail(error, static_cast<int32_t>(ErrorCode::kUnsupportedOp), "mock: no kernel for these arguments");
}

GsBackend make_table() {
  GsBackend table{};  // events and graphs stay null: nothing calls them yet
  table.abi = is_told("abi_other") ? kBackendAbi + 1 : kBackendAbi;
  table.device_count = device_count;
  table.device_info = device_info;
  table.stream_create = stream_create;
  table.stream_destroy = stream_destroy;
  table.stream_synchronize = stream_synchronize;
  table.memory_reserve = memory_reserve;
  table.memory_release = memory_release;
  table.copy_to_device = copy_to_device;
  table.copy_to_host = copy_to_host;
  table.submit = submit;
  return table;
}

}  // namespace

}  // namespace gridstride::mock

extern "C" __attribute__((visibility("default"))) const GsBackend* gridstride_backend(uint64_t abi) {
  using namespace gridstride;
  static const GsBackend table = mock::make_table();
  return mock::is_told("abi_refused") || abi != kBackendAbi ? nullptr : &table;
}
