// Any bytes as a safetensors file: the header is refused with Error(kCheckpoint), or describes tensors that cover the
// data exactly; written again it reads the same.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "native/core/error.h"
#include "native/io/json_scanner.h"
#include "native/io/json_text.h"
#include "native/io/safetensors_header.h"

namespace {

using namespace gridstride;

void require(bool claim) {
  if (!claim) std::abort();
}

void check_cover(const io::SafetensorsHeader& header, int64_t data_bytes) {
  int64_t at = 0;
  for (const io::TensorEntry& tensor : header.tensors) {
    require(tensor.begin == at && tensor.end >= at && tensor.end <= data_bytes);
    require(tensor.shape.numel() * tensor.dtype->bytes == tensor.end - tensor.begin);
    require(io::is_utf8(tensor.name) && io::quoted(tensor.name).size() < 2000);
    at = tensor.end;
  }
  require(at == data_bytes);
}

void check_again(io::SafetensorsHeader header, int64_t data_bytes) {
  const std::string written = io::make_header(&header.tensors, header.metadata);
  require(written.size() % 8 == 0);
  const auto file_bytes = static_cast<int64_t>(written.size()) + data_bytes;
  const auto again = io::parse_header(std::string_view(written).substr(8), file_bytes, "again");
  require(again.metadata == header.metadata && again.tensors.size() == header.tensors.size());
  check_cover(again, data_bytes);
}

void read(std::string_view file) {
  const auto bytes = static_cast<int64_t>(file.size());
  uint64_t length = 0;
  for (size_t i = 8; i-- > 0;) length = length << 8 | static_cast<unsigned char>(file[i]);
  const auto header_bytes = static_cast<size_t>(io::check_header_length(length, bytes, "fuzz"));
  io::SafetensorsHeader header = io::parse_header(file.substr(8, header_bytes), bytes, "fuzz");
  const int64_t data_bytes = bytes - header.data_begin;
  check_cover(header, data_bytes);
  check_again(std::move(header), data_bytes);
}

// Headers that mutation has not got the length of right are worth reading too.
void read_header_alone(std::string_view text) {
  const auto file_bytes = static_cast<int64_t>(text.size()) + 8 + 64;
  check_cover(io::parse_header(text, file_bytes, "fuzz"), 64);
}

template <class Body>
void refused_or_fine(Body&& body) {
  try {
    body();
  } catch (const Error& error) {
    require(error.code() == ErrorCode::kCheckpoint);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 8) return 0;
  const std::string_view file(reinterpret_cast<const char*>(data), size);
  refused_or_fine([&] { read(file); });
  refused_or_fine([&] { read_header_alone(file.substr(8)); });
  return 0;
}
