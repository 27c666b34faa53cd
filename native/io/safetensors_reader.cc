#include "native/io/safetensors_reader.h"

#include <algorithm>
#include <cstring>
#include <unordered_set>

#include "native/io/file.h"

namespace gridstride::io {

namespace {

constexpr const char* kWhere = "readSafetensors";
// Casts queued before their sources are waited for to go.
constexpr int64_t kCastAhead = 64 << 20;

SafetensorsHeader read_header(const InputFile& file) {
  unsigned char prefix[8];
  if (file.bytes() < static_cast<int64_t>(sizeof prefix)) check_header_length(0, file.bytes(), file.path());
  file.read(prefix, sizeof prefix, 0);
  uint64_t length = 0;
  for (int i = 7; i >= 0; --i) length = length << 8 | prefix[i];
  std::string text(static_cast<size_t>(check_header_length(length, file.bytes(), file.path())), '\0');
  file.read(text.data(), static_cast<int64_t>(text.size()), sizeof prefix);
  return parse_header(text, file.bytes(), file.path());
}

std::vector<const TensorEntry*> chosen(const SafetensorsHeader& header, const ReadOptions& options,
                                       const std::string& path) {
  std::vector<const TensorEntry*> entries;
  if (!options.names) {
    for (const TensorEntry& entry : header.tensors) entries.push_back(&entry);
    return entries;
  }
  std::unordered_set<std::string_view> missing(options.names->begin(), options.names->end());
  for (const TensorEntry& entry : header.tensors)
    if (missing.erase(entry.name) > 0) entries.push_back(&entry);
  if (!missing.empty())
    throw Error(ErrorCode::kCheckpoint,
                std::string(kWhere) + ": the file must hold every tensor asked for, got none of name " +
                    quoted(*missing.begin()) + " in " + path,
                {{"file", path}, {"tensor", std::string(*missing.begin())}});
  return entries;
}

// Any byte but 0 is true in a file; in memory a boolean is 0 or 1.
void make_booleans(std::byte* data, int64_t count) {
  for (int64_t i = 0; i < count; ++i) data[i] = data[i] == std::byte{0} ? std::byte{0} : std::byte{1};
}

class Reader {
 public:
  Reader(const InputFile& file, const SafetensorsHeader& header, const ReadOptions& options, const Cancelled& cancelled)
      : file_(file), data_begin_(header.data_begin), options_(options), cancelled_(cancelled) {}

  Tensor read(const TensorEntry& entry) {
    if (!entry.dtype->dtype)
      throw Error(ErrorCode::kCheckpoint,
                  std::string(kWhere) +
                      ": the dtype must be F64, F32, F16, BF16, I64, I32, U8 or BOOL to be read, got " +
                      entry.dtype->name + " for tensor " + quoted(entry.name) + " in " + file_.path(),
                  {{"file", file_.path()}, {"tensor", entry.name}});
    const Tensor tensor = empty(*options_.device, *entry.dtype->dtype, entry.shape);
    if (options_.device->backend().is_host_memory())
      fill(tensor, entry);
    else
      upload(tensor, entry);
    return options_.dtype && is_floating(tensor.dtype) && tensor.dtype != *options_.dtype ? cast(tensor) : tensor;
  }

  // Waits for the casts; throws when one failed.
  void finish() {
    if (!casts_.empty()) drain(*options_.device, cancelled_, kWhere, std::move(casts_));
  }

 private:
  void read_chunk(const TensorEntry& entry, int64_t at, std::byte* target, int64_t bytes) {
    check_cancelled(cancelled_, kWhere);
    file_.read(target, bytes, data_begin_ + entry.begin + at);
    if (entry.dtype->dtype == DType::boolean) make_booleans(target, bytes);
  }

  void fill(const Tensor& tensor, const TensorEntry& entry) {
    auto* data = static_cast<std::byte*>(tensor.storage->fill_in_place());
    const int64_t bytes = entry.end - entry.begin;
    for (int64_t at = 0; at < bytes; at += kChunkBytes)
      read_chunk(entry, at, data + at, std::min(kChunkBytes, bytes - at));
  }

  // One chunk is copied while the next is read.
  void upload(const Tensor& tensor, const TensorEntry& entry) {
    std::optional<Pending> previous;
    const int64_t bytes = entry.end - entry.begin;
    for (int64_t at = 0; at < bytes; at += kChunkBytes) {
      std::vector<std::byte> chunk(static_cast<size_t>(std::min(kChunkBytes, bytes - at)));
      read_chunk(entry, at, chunk.data(), static_cast<int64_t>(chunk.size()));
      if (previous) previous->wait();
      previous.emplace(*options_.device, upload_record(tensor, at, std::move(chunk), at == 0), cancelled_, kWhere);
    }
    if (previous) previous->wait();
  }

  Tensor cast(const Tensor& tensor) {
    cast_bytes_ += tensor.storage->bytes();
    if (cast_bytes_ > kCastAhead) {
      drain(*options_.device, cancelled_, kWhere);
      cast_bytes_ = tensor.storage->bytes();
    }
    for (;;) {
      try {
        return casts_.emplace_back(options_.cast(tensor, *options_.dtype));
      } catch (const Error& error) {
        if (error.code() != ErrorCode::kQueueFull) throw;
      }
      drain(*options_.device, cancelled_, kWhere);
    }
  }

  const InputFile& file_;
  int64_t data_begin_;
  const ReadOptions& options_;
  const Cancelled& cancelled_;
  int64_t cast_bytes_ = 0;
  std::vector<Tensor> casts_;
};

}  // namespace

SafetensorsHeader read_safetensors_header(const std::string& path) { return read_header(InputFile(path, kWhere)); }

std::vector<NamedTensor> read_safetensors(const std::string& path, const ReadOptions& options,
                                          const Cancelled& cancelled) {
  check_cancelled(cancelled, kWhere);
  const InputFile file(path, kWhere);
  const SafetensorsHeader header = read_header(file);
  Reader reader(file, header, options, cancelled);
  std::vector<NamedTensor> tensors;
  for (const TensorEntry* entry : chosen(header, options, path)) tensors.push_back({entry->name, reader.read(*entry)});
  reader.finish();
  return tensors;
}

}  // namespace gridstride::io
