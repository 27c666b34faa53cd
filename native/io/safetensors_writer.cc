#include "native/io/safetensors_writer.h"

#include <algorithm>
#include <memory>
#include <unordered_map>

#include "native/io/file.h"
#include "native/io/json_text.h"

namespace gridstride::io {

namespace {

constexpr const char* kWhere = "writeSafetensors";

// A chunk on its way from the device.
struct Chunk {
  Chunk(std::shared_ptr<std::vector<std::byte>> b, Pending p) : bytes(std::move(b)), pending(std::move(p)) {}
  std::shared_ptr<std::vector<std::byte>> bytes;
  Pending pending;
};

// The next chunk is fetched while one is written.
class Writer {
 public:
  Writer(AtomicFile& file, const Cancelled& cancelled) : file_(file), cancelled_(cancelled) {}

  void add(const Tensor& tensor) {
    const int64_t bytes = tensor.numel() * dtype_size(tensor.dtype);
    for (int64_t at = 0; at < bytes; at += kChunkBytes) {
      auto target = std::make_shared<std::vector<std::byte>>();
      Record record = download_record(tensor, at, std::min(kChunkBytes, bytes - at), target);
      auto next =
          std::make_unique<Chunk>(std::move(target), Pending(tensor.device(), std::move(record), cancelled_, kWhere));
      flush();
      chunk_ = std::move(next);
    }
  }

  void flush() {
    if (!chunk_) return;
    chunk_->pending.wait();
    file_.write(chunk_->bytes->data(), static_cast<int64_t>(chunk_->bytes->size()));
    chunk_.reset();
  }

 private:
  AtomicFile& file_;
  const Cancelled& cancelled_;
  std::unique_ptr<Chunk> chunk_;
};

[[noreturn]] void fail(const std::string& rule_and_values, const std::string& path) {
  throw Error(ErrorCode::kCheckpoint, std::string(kWhere) + ": " + rule_and_values + " for " + path, {{"path", path}});
}

}  // namespace

void write_safetensors(const std::string& path, const std::vector<NamedTensor>& tensors, const Metadata& metadata,
                       const Cancelled& cancelled) {
  check_cancelled(cancelled, kWhere);
  std::vector<TensorEntry> entries;
  std::unordered_map<std::string_view, const Tensor*> by_name;
  for (const auto& [name, tensor] : tensors) {
    entries.push_back({name, &file_dtype_of(tensor.dtype), tensor.shape});
    if (!by_name.emplace(name, &tensor).second || name == kMetadataKey)
      fail("tensor names must differ and not be __metadata__, got " + quoted(name), path);
  }
  const std::string header = make_header(&entries, metadata);
  const auto header_bytes = static_cast<int64_t>(header.size());
  if (header_bytes - 8 > kMaxHeaderBytes)
    fail("the header must have at most " + std::to_string(kMaxHeaderBytes) + " bytes, got " +
             std::to_string(header_bytes - 8),
         path);
  AtomicFile file(path, kWhere);
  file.reserve(header_bytes + (entries.empty() ? 0 : entries.back().end));
  file.write(header.data(), header_bytes);
  Writer writer(file, cancelled);
  for (const TensorEntry& entry : entries) writer.add(*by_name[entry.name]);
  writer.flush();
  check_cancelled(cancelled, kWhere);
  file.commit();
}

}  // namespace gridstride::io
