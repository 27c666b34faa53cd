#include "native/io/safetensors_reader.h"

#include <unordered_set>

#include "native/io/json_text.h"

namespace gridstride::io {

namespace {

constexpr const char* kWhere = "readSafetensors";

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

TensorRange range_of(const TensorEntry& entry, int64_t data_begin) {
  TensorRange range{entry.name, entry.dtype, entry.shape, {}, data_begin + entry.begin};
  int64_t stride = 1;
  for (int i = entry.shape.rank - 1; i >= 0; --i) {
    range.strides[i] = stride;
    stride *= entry.shape.dims[i];
  }
  return range;
}

std::vector<TensorRange> chosen(const SafetensorsHeader& header, const std::optional<std::vector<std::string>>& names,
                                const std::string& path) {
  std::vector<TensorRange> ranges;
  std::unordered_set<std::string_view> missing;
  if (names) missing.insert(names->begin(), names->end());
  for (const TensorEntry& entry : header.tensors)
    if (!names || missing.erase(entry.name) > 0) ranges.push_back(range_of(entry, header.data_begin));
  if (!missing.empty())
    throw Error(ErrorCode::kCheckpoint,
                std::string(kWhere) + ": the file must hold every tensor asked for, got none of name " +
                    quoted(*missing.begin()) + " in " + path,
                {{"file", path}, {"tensor", std::string(*missing.begin())}});
  return ranges;
}

}  // namespace

SafetensorsHeader read_safetensors_header(const std::string& path) { return read_header(InputFile(path, kWhere)); }

std::vector<NamedTensor> read_safetensors(const std::string& path, const ReadOptions& options,
                                          const std::optional<std::vector<std::string>>& names,
                                          const Cancelled& cancelled) {
  check_cancelled(cancelled, kWhere);
  const InputFile file(path, kWhere);
  return read_ranges(file, chosen(read_header(file), names, path), options, cancelled, kWhere);
}

}  // namespace gridstride::io
