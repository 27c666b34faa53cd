// The header of a safetensors file, read from bytes nobody vouches for: u64 length, JSON of that length, then the
// tensors' bytes. Every rule of the format is checked here, so that who reads tensors may trust offsets and sizes.
// Format: https://github.com/huggingface/safetensors (README, "Format").
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "native/core/shape.h"
#include "native/io/file_dtype.h"

namespace gridstride::io {

// A header may be at most this long: what is asked of memory stays bounded whatever a file claims.
constexpr int64_t kMaxHeaderBytes = 100'000'000;
// The one name in a header that is no tensor's.
constexpr const char* kMetadataKey = "__metadata__";

struct TensorEntry {
  std::string name;
  const FileDType* dtype = nullptr;
  Shape shape;
  int64_t begin = 0;  // byte offsets from the end of the header
  int64_t end = 0;
};

struct SafetensorsHeader {
  std::vector<TensorEntry> tensors;  // by offset: they cover the data without gap or overlap
  std::vector<std::pair<std::string, std::string>> metadata;
  int64_t data_begin = 0;  // byte offset of the data in the file
};

// The length field of a file of `file_bytes`, checked. Throws Error(kCheckpoint) naming `file`.
int64_t check_header_length(uint64_t header_bytes, int64_t file_bytes, const std::string& file);
// `text`: the JSON. Throws Error(kCheckpoint) naming `file` and, where one is to blame, the tensor.
SafetensorsHeader parse_header(std::string_view text, int64_t file_bytes, const std::string& file);

// The length field and the JSON for `tensors`, whose begin and end are filled in here: larger elements first, then by
// name, as the reference implementation does: every tensor is aligned. `tensors` is put in that order.
std::string make_header(std::vector<TensorEntry>* tensors,
                        const std::vector<std::pair<std::string, std::string>>& metadata);

}  // namespace gridstride::io
