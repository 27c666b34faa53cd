// Host data in and out, and the life of handles.
#include <napi.h>

#include <cmath>
#include <cstring>

#include "native/napi/environment.h"
#include "native/napi/errors.h"
#include "native/napi/register.h"
#include "native/ops/check.h"
#include "native/ops/engine.h"
#include "native/ops/launch.h"

namespace gridstride::napi {

namespace {

struct Bytes {
  const void* data;
  size_t size;
};

Bytes bytes_of(const Napi::Value& value) {
  if (!value.IsTypedArray()) throw Error(ErrorCode::kDType, "tensor: data must be a typed array");
  const auto array = value.As<Napi::TypedArray>();
  return {static_cast<const char*>(array.ArrayBuffer().Data()) + array.ByteOffset(), array.ByteLength()};
}

Shape shape_of(const Napi::Value& value) {
  const auto list = value.As<Napi::Array>();
  std::vector<int64_t> sizes;
  for (uint32_t i = 0; i < list.Length(); ++i) {
    const double size = list.Get(i).As<Napi::Number>().DoubleValue();
    if (!(std::abs(size) <= 0x1p53) || size != std::trunc(size))
      throw Error(ErrorCode::kShape, "tensor: sizes must be whole numbers, got " + std::to_string(size));
    sizes.push_back(static_cast<int64_t>(size));
  }
  return Shape(sizes);
}

void queue_upload(const Tensor& tensor, Bytes bytes, Access access) {
  if (bytes.size != static_cast<size_t>(tensor.numel() * dtype_size(tensor.dtype)))
    throw Error(ErrorCode::kShape, "tensor: data must have " + std::to_string(tensor.numel()) + " elements of " +
                                       dtype_name(tensor.dtype) + " for " + tensor.shape.text() + ", got " +
                                       std::to_string(bytes.size) + " bytes");
  const auto* begin = static_cast<const std::byte*>(bytes.data);
  Record record;
  record.kind = RecordKind::upload;
  record.payload = std::make_shared<std::vector<std::byte>>(begin, begin + bytes.size);
  // Kernels load booleans as such: any byte but 0 becomes 1.
  if (tensor.dtype == DType::boolean)
    for (std::byte& byte : *record.payload) byte = byte == std::byte{0} ? std::byte{0} : std::byte{1};
  record.slots.push_back(
      {0, access, tensor.dtype, tensor.shape, tensor.offset * dtype_size(tensor.dtype), tensor.storage});
  record.new_bytes = static_cast<int64_t>(bytes.size);
  // A write into an existing tensor is how the host feeds a replay: it is never part of a recording itself.
  if (access == Access::write)
    ops::submit(tensor.device(), std::move(record));
  else
    tensor.device().queue().submit(std::move(record));
}

// fromHost(data, dtype, shape, device): a new tensor, in the mailbox.
Napi::Value from_host(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    Device& device = Engine::instance().device(info[3].As<Napi::String>().Utf8Value());
    Tensor tensor = empty(device, parse_dtype(info[1].As<Napi::String>().Utf8Value()), shape_of(info[2]));
    queue_upload(tensor, bytes_of(info[0]), Access::write);
    return Napi::Number::New(info.Env(), Environment::of(info.Env()).mail({tensor}));
  });
}

// writeHost(handle, data): replaces the contents of a dense tensor, in queue order.
Napi::Value write_host(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Tensor& tensor = Environment::of(info.Env()).get(info[0].As<Napi::Number>().DoubleValue());
    if (!tensor.is_contiguous()) throw Error(ErrorCode::kShape, "write: the tensor must be dense");
    queue_upload(tensor, bytes_of(info[1]), Access::update);
    return info.Env().Undefined();
  });
}

Napi::Value as_array_buffer(Napi::Env env, const std::shared_ptr<std::vector<std::byte>>& payload) {
  constexpr size_t kCopyBelow = 64 << 10;
  if (payload->size() < kCopyBelow) {
    auto buffer = Napi::ArrayBuffer::New(env, payload->size());
    if (!payload->empty()) memcpy(buffer.Data(), payload->data(), payload->size());
    return buffer;
  }
  auto* owner = new std::shared_ptr<std::vector<std::byte>>(payload);
  return Napi::ArrayBuffer::New(
      env, payload->data(), payload->size(),
      [](Napi::Env, void*, std::shared_ptr<std::vector<std::byte>>* held) { delete held; }, owner);
}

// read(handle): a promise of the elements, dense, as an ArrayBuffer.
Napi::Value read(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Environment& environment = Environment::of(env);
  return guarded(env, [&]() -> Napi::Value {
    const Tensor source = ops::contiguous(environment.get(info[0].As<Napi::Number>().DoubleValue()));
    const Settle settle(env, environment.completions());
    const auto bytes = source.numel() * dtype_size(source.dtype);
    Record record;
    record.kind = RecordKind::download;
    record.slots.push_back(
        {0, Access::read, source.dtype, source.shape, source.offset * dtype_size(source.dtype), source.storage});
    const auto payload = std::make_shared<std::vector<std::byte>>();
    record.payload = payload;
    record.finish = [settle, payload](const std::shared_ptr<const Failure>& failure) {
      if (failure)
        settle.reject([failure](Napi::Env e) { return to_js_error(e, *failure); });
      else
        settle.resolve([payload](Napi::Env e) { return as_array_buffer(e, payload); });
    };
    record.payload_bytes = bytes;
    try {
      ops::submit(source.device(), std::move(record));
    } catch (const Error& error) {
      // The promise counts as awaited: it must settle, or the process would never end.
      settle.reject([error](Napi::Env e) { return to_js_error(e, error); });
    }
    return settle.promise();
  });
}

Napi::Value release(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    Environment::of(info.Env()).release(info[0].As<Napi::Number>().DoubleValue());
    return info.Env().Undefined();
  });
}

// retain(handle): another handle of the same view.
Napi::Value retain(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    Environment& environment = Environment::of(info.Env());
    return Napi::Number::New(info.Env(), environment.add(environment.get(info[0].As<Napi::Number>().DoubleValue())));
  });
}

Napi::Value device_of(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Tensor& tensor = Environment::of(info.Env()).get(info[0].As<Napi::Number>().DoubleValue());
    return Napi::String::New(info.Env(), tensor.device().name());
  });
}

// storageOf(handle): a number that two live tensors share exactly when they lie in one storage.
Napi::Value storage_of(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Tensor& tensor = Environment::of(info.Env()).get(info[0].As<Napi::Number>().DoubleValue());
    return Napi::Number::New(info.Env(), static_cast<double>(reinterpret_cast<uintptr_t>(tensor.storage.get())));
  });
}

}  // namespace

void register_tensors(Napi::Env env, Napi::Object exports) {
  exports.Set("fromHost", Napi::Function::New(env, from_host));
  exports.Set("writeHost", Napi::Function::New(env, write_host));
  exports.Set("read", Napi::Function::New(env, read));
  exports.Set("release", Napi::Function::New(env, release));
  exports.Set("retain", Napi::Function::New(env, retain));
  exports.Set("deviceOf", Napi::Function::New(env, device_of));
  exports.Set("storageOf", Napi::Function::New(env, storage_of));
}

}  // namespace gridstride::napi
