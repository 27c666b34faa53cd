#include "native/io/safetensors_header.h"

#include <algorithm>
#include <cstring>
#include <unordered_set>

#include "native/core/error.h"
#include "native/io/json_scanner.h"
#include "native/io/json_text.h"

namespace gridstride::io {

namespace {

[[noreturn]] void fail(const std::string& rule_and_values, const std::string& file) {
  throw Error(ErrorCode::kCheckpoint, "safetensors: " + rule_and_values + " in " + file, {{"file", file}});
}

[[noreturn]] void fail(const std::string& rule_and_values, const std::string& tensor, const std::string& file) {
  throw Error(ErrorCode::kCheckpoint,
              "safetensors: " + rule_and_values + " for tensor " + quoted(tensor) + " in " + file,
              {{"file", file}, {"tensor", tensor}});
}

std::string range(int64_t begin, int64_t end) {
  std::string text("[");
  return text.append(std::to_string(begin)).append(", ").append(std::to_string(end)).append("]");
}

// The three fields of one tensor; the opening brace was taken.
class EntryReader {
 public:
  EntryReader(JsonScanner& scanner, const std::string& file, TensorEntry* entry)
      : scanner_(scanner), file_(file), entry_(*entry) {}

  void read() {
    scanner_.each('}', [&] {
      const std::string key = scanner_.string();
      scanner_.expect(':');
      if (key == "dtype" && !has_dtype_)
        read_dtype();
      else if (key == "shape" && !has_shape_)
        read_shape();
      else if (key == "data_offsets" && !has_offsets_)
        read_offsets();
      else
        fail("the fields must be dtype, shape and data_offsets, once each, got " + quoted(key), entry_.name, file_);
    });
    if (!has_dtype_ || !has_shape_ || !has_offsets_)
      fail("the fields dtype, shape and data_offsets must be there, got fewer", entry_.name, file_);
  }

 private:
  void read_dtype() {
    has_dtype_ = true;
    const std::string name = scanner_.string();
    entry_.dtype = find_file_dtype(name);
    if (entry_.dtype == nullptr) fail("the dtype must be a known one, got " + quoted(name), entry_.name, file_);
  }
  void read_shape() {
    has_shape_ = true;
    scanner_.expect('[');
    scanner_.each(']', [&] {
      const int64_t size = scanner_.number();
      if (entry_.shape.rank == kMaxRank) fail("the shape must have at most 8 dimensions, got more", entry_.name, file_);
      entry_.shape.dims[entry_.shape.rank++] = size;
    });
  }
  void read_offsets() {
    has_offsets_ = true;
    scanner_.expect('[');
    entry_.begin = scanner_.number();
    scanner_.expect(',');
    entry_.end = scanner_.number();
    scanner_.expect(']');
  }

  JsonScanner& scanner_;
  const std::string& file_;
  TensorEntry& entry_;
  bool has_dtype_ = false, has_shape_ = false, has_offsets_ = false;
};

void read_metadata(JsonScanner& scanner, const std::string& file, SafetensorsHeader* header) {
  std::unordered_set<std::string> seen;
  scanner.expect('{');
  scanner.each('}', [&] {
    std::string key = scanner.string();
    scanner.expect(':');
    std::string value = scanner.string();
    if (!seen.insert(key).second)
      fail("each name must stand once in __metadata__, got " + quoted(key) + " again", file);
    header->metadata.emplace_back(std::move(key), std::move(value));
  });
}

// Elements of a shape; zero-size shapes must be safe to multiply too.
int64_t checked_numel(const TensorEntry& entry, const std::string& file) {
  __int128 product = 1;
  int64_t numel = 1;
  for (int i = 0; i < entry.shape.rank; ++i) {
    product *= std::max<int64_t>(entry.shape.dims[i], 1);
    if (product > (int64_t{1} << 53))
      fail("the shape must have at most 2^53 elements, got " + entry.shape.text(), entry.name, file);
    numel *= entry.shape.dims[i];
  }
  return numel;
}

void check_span(const TensorEntry& entry, int64_t data_bytes, const std::string& file) {
  if (entry.begin > entry.end || entry.end > data_bytes)
    fail("data_offsets must lie in order in the data of " + std::to_string(data_bytes) + " bytes, got " +
             range(entry.begin, entry.end),
         entry.name, file);
  const __int128 bytes = static_cast<__int128>(checked_numel(entry, file)) * entry.dtype->bytes;
  if (bytes != entry.end - entry.begin)
    fail("data_offsets must span what " + std::string(entry.dtype->name) + " " + entry.shape.text() + " takes, got " +
             range(entry.begin, entry.end),
         entry.name, file);
}

// Tensors sorted by offset must follow each other and cover the data.
void check_cover(const SafetensorsHeader& header, int64_t data_bytes, const std::string& file) {
  int64_t expected = 0;
  for (const TensorEntry& entry : header.tensors) {
    check_span(entry, data_bytes, file);
    if (entry.begin != expected)
      fail(std::string("tensors must not ") + (entry.begin < expected ? "overlap" : "leave holes") +
               ": the next must begin at " + std::to_string(expected) + ", got " + range(entry.begin, entry.end),
           entry.name, file);
    expected = entry.end;
  }
  if (expected != data_bytes)
    fail("the file must end with its last tensor: the header describes " + std::to_string(expected) +
             " bytes of data, got " + std::to_string(data_bytes),
         file);
}

}  // namespace

int64_t check_header_length(uint64_t header_bytes, int64_t file_bytes, const std::string& file) {
  const auto available = static_cast<uint64_t>(std::max<int64_t>(file_bytes - 8, 0));
  if (header_bytes > std::min<uint64_t>(available, kMaxHeaderBytes) || header_bytes < 2)
    fail("the header's length must lie in [2, " + std::to_string(kMaxHeaderBytes) + "] and in the file of " +
             std::to_string(file_bytes) + " bytes, got " + std::to_string(header_bytes),
         file);
  return static_cast<int64_t>(header_bytes);
}

SafetensorsHeader parse_header(std::string_view text, int64_t file_bytes, const std::string& file) {
  SafetensorsHeader header;
  header.data_begin = 8 + static_cast<int64_t>(text.size());
  JsonScanner scanner(text, file);
  std::unordered_set<std::string> seen;
  if (text.empty() || text.front() != '{') scanner.fail("must begin with {");
  scanner.expect('{');
  scanner.each('}', [&] {
    std::string name = scanner.string();
    scanner.expect(':');
    if (!seen.insert(name).second) fail("each name must stand once in the header, got it again", name, file);
    if (name == kMetadataKey) return read_metadata(scanner, file, &header);
    scanner.expect('{');
    TensorEntry& entry = header.tensors.emplace_back();
    entry.name = std::move(name);
    EntryReader(scanner, file, &entry).read();
  });
  scanner.expect_end();
  std::stable_sort(header.tensors.begin(), header.tensors.end(), [](const TensorEntry& a, const TensorEntry& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  check_cover(header, file_bytes - header.data_begin, file);
  return header;
}

std::string make_header(std::vector<TensorEntry>* tensors,
                        const std::vector<std::pair<std::string, std::string>>& metadata) {
  std::sort(tensors->begin(), tensors->end(), [](const TensorEntry& a, const TensorEntry& b) {
    return a.dtype != b.dtype ? a.dtype < b.dtype : a.name < b.name;
  });
  std::string json("{\"__metadata__\":{");
  for (const auto& [key, value] : metadata) {
    if (json.back() != '{') json += ',';
    json.append(json_string(key)).append(":").append(json_string(value));
  }
  json += '}';
  int64_t at = 0;
  for (TensorEntry& entry : *tensors) {
    entry.begin = at;
    at += entry.shape.numel() * entry.dtype->bytes;
    entry.end = at;
    json.append(",").append(json_string(entry.name)).append(":{\"dtype\":\"").append(entry.dtype->name);
    json.append("\",\"shape\":[");
    for (int i = 0; i < entry.shape.rank; ++i) {
      if (i > 0) json += ',';
      json += std::to_string(entry.shape.dims[i]);
    }
    json.append("],\"data_offsets\":[").append(std::to_string(entry.begin)).append(",");
    json.append(std::to_string(entry.end)).append("]}");
  }
  json += '}';
  json.append((8 - json.size() % 8) % 8, ' ');
  const uint64_t bytes = json.size();
  std::string length(8, '\0');
  for (size_t i = 0; i < 8; ++i) length[i] = static_cast<char>(bytes >> (8 * i));
  return length + json;
}

}  // namespace gridstride::io
