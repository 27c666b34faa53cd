// Checkpoint files: read and written on task threads.
#include <napi.h>

#include "native/io/safetensors_reader.h"
#include "native/io/safetensors_writer.h"
#include "native/napi/environment.h"
#include "native/napi/errors.h"
#include "native/napi/register.h"
#include "native/napi/tasks.h"
#include "native/ops/check.h"
#include "native/ops/engine.h"

namespace gridstride::ops {

void cast_into(const Tensor& x, const Tensor& y);

}  // namespace gridstride::ops

namespace gridstride::napi {

namespace {

std::string text_of(const Napi::Value& value) { return value.As<Napi::String>().Utf8Value(); }

std::vector<std::string> texts_of(const Napi::Value& value) {
  const auto list = value.As<Napi::Array>();
  std::vector<std::string> texts;
  for (uint32_t i = 0; i < list.Length(); ++i) texts.push_back(text_of(list.Get(i)));
  return texts;
}

Napi::Array as_array(Napi::Env env, const Shape& shape) {
  Napi::Array sizes = Napi::Array::New(env, static_cast<size_t>(shape.rank));
  for (int i = 0; i < shape.rank; ++i) sizes.Set(static_cast<uint32_t>(i), static_cast<double>(shape.dims[i]));
  return sizes;
}

// From device and dtype | undefined.
io::ReadOptions options_of(const Napi::Value& device, const Napi::Value& dtype) {
  io::ReadOptions options;
  // Resolved here: the engine's lock is not for task threads.
  options.device = &Engine::instance().device(text_of(device));
  if (!dtype.IsUndefined()) options.dtype = parse_dtype(text_of(dtype));
  options.cast_into = &ops::cast_into;
  return options;
}

// { name, handle, dtype, shape } for each tensor.
Napi::Value as_loaded(Napi::Env env, std::vector<io::NamedTensor>& tensors) {
  Napi::Array out = Napi::Array::New(env, tensors.size());
  for (size_t i = 0; i < tensors.size(); ++i) {
    Napi::HandleScope scope(env);
    auto& [name, tensor] = tensors[i];
    Napi::Object entry = Napi::Object::New(env);
    entry.Set("name", name);
    entry.Set("dtype", dtype_name(tensor.dtype));
    entry.Set("shape", as_array(env, tensor.shape));
    entry.Set("handle", Environment::of(env).add(std::move(tensor)));
    out.Set(static_cast<uint32_t>(i), entry);
  }
  return out;
}

// readSafetensors(path, device, dtype | undefined, names | undefined): { promise, cancel } of what as_loaded makes.
Napi::Value read_tensors(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    std::optional<std::vector<std::string>> names;
    if (!info[3].IsUndefined()) names = texts_of(info[3]);
    return run_task(
        info.Env(),
        [path = text_of(info[0]), options = options_of(info[1], info[2]), names = std::move(names)](
            const io::Cancelled* cancelled) { return io::read_safetensors(path, options, names, *cancelled); },
        as_loaded);
  });
}

// From names, the files' dtypes, and numbers: first byte, rank, sizes and strides of each.
std::vector<io::TensorRange> ranges_of(const Napi::Value& names, const Napi::Value& dtypes,
                                       const Napi::Value& numbers) {
  const auto layout = numbers.As<Napi::Float64Array>();
  const auto dtype_names = texts_of(dtypes);
  std::vector<io::TensorRange> ranges;
  size_t at = 0;
  const auto next = [&] { return static_cast<int64_t>(layout[at++]); };
  for (std::string& name : texts_of(names)) {
    io::TensorRange& range = ranges.emplace_back();
    range.dtype = io::find_file_dtype(dtype_names[ranges.size() - 1]);
    range.name = std::move(name);
    range.begin = next();
    range.shape.rank = static_cast<int32_t>(next());
    for (int i = 0; i < range.shape.rank; ++i) range.shape.dims[i] = next();
    for (int i = 0; i < range.shape.rank; ++i) range.strides[i] = next();
  }
  return ranges;
}

// readTensorRanges(where, path, device, dtype | undefined, names, dtypes, numbers): { promise, cancel } of what
// as_loaded makes.
Napi::Value read_tensor_ranges(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    return run_task(
        info.Env(),
        [where = text_of(info[0]), path = text_of(info[1]), options = options_of(info[2], info[3]),
         ranges = ranges_of(info[4], info[5], info[6])](const io::Cancelled* cancelled) {
          const io::InputFile file(path, where.c_str());
          return io::read_ranges(file, ranges, options, *cancelled, where.c_str());
        },
        as_loaded);
  });
}

// readSafetensorsHeader(path): { promise, cancel } of { tensors: { name, dtype, shape, bytes }[], metadata }, the dtype
// as the file says it.
Napi::Value read_header(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    return run_task(
        info.Env(), [path = text_of(info[0])](const io::Cancelled*) { return io::read_safetensors_header(path); },
        [](Napi::Env env, io::SafetensorsHeader& header) -> Napi::Value {
          Napi::Array tensors = Napi::Array::New(env, header.tensors.size());
          for (size_t i = 0; i < header.tensors.size(); ++i) {
            Napi::HandleScope scope(env);
            const io::TensorEntry& tensor = header.tensors[i];
            Napi::Object entry = Napi::Object::New(env);
            entry.Set("name", tensor.name);
            entry.Set("dtype", tensor.dtype->name);
            entry.Set("shape", as_array(env, tensor.shape));
            entry.Set("bytes", static_cast<double>(tensor.end - tensor.begin));
            tensors.Set(static_cast<uint32_t>(i), entry);
          }
          Napi::Array metadata = Napi::Array::New(env, header.metadata.size());
          for (size_t i = 0; i < header.metadata.size(); ++i) {
            Napi::HandleScope scope(env);
            Napi::Array pair = Napi::Array::New(env, 2);
            pair.Set(0u, header.metadata[i].first);
            pair.Set(1u, header.metadata[i].second);
            metadata.Set(static_cast<uint32_t>(i), pair);
          }
          Napi::Object out = Napi::Object::New(env);
          out.Set("tensors", tensors);
          out.Set("metadata", metadata);
          return out;
        });
  });
}

// writeSafetensors(path, names, handles, metadata keys, metadata values): { promise, cancel } of the end.
Napi::Value write_tensors(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Environment& environment = Environment::of(info.Env());
    const auto handles = info[2].As<Napi::Array>();
    std::vector<io::NamedTensor> tensors;
    for (std::string& name : texts_of(info[1])) {
      const double handle = handles.Get(static_cast<uint32_t>(tensors.size())).As<Napi::Number>().DoubleValue();
      tensors.push_back({std::move(name), ops::contiguous(environment.get(handle))});
    }
    io::Metadata metadata;
    const auto values = texts_of(info[4]);
    for (std::string& key : texts_of(info[3])) metadata.emplace_back(std::move(key), values[metadata.size()]);
    return run_task(
        info.Env(),
        [path = text_of(info[0]), tensors = std::move(tensors),
         metadata = std::move(metadata)](const io::Cancelled* cancelled) {
          io::write_safetensors(path, tensors, metadata, *cancelled);
          return true;
        },
        [](Napi::Env env, bool&) -> Napi::Value { return env.Undefined(); });
  });
}

}  // namespace

void register_io(Napi::Env env, Napi::Object exports) {
  exports.Set("readSafetensors", Napi::Function::New(env, read_tensors));
  exports.Set("readTensorRanges", Napi::Function::New(env, read_tensor_ranges));
  exports.Set("readSafetensorsHeader", Napi::Function::New(env, read_header));
  exports.Set("writeSafetensors", Napi::Function::New(env, write_tensors));
}

}  // namespace gridstride::napi
