#include "native/text/normalizers/charsmap.h"

#include <cstring>

#include "native/core/error.h"

namespace gridstride::text {
namespace {

constexpr size_t kMostResultBytes = 1024;

// The fields of a unit of the double array.
bool has_leaf(uint32_t unit) { return (unit >> 8 & 1u) != 0; }
uint32_t value_of(uint32_t unit) { return unit & 0x7FFFFFFFu; }
uint32_t label_of(uint32_t unit) { return unit & (0x80000000u | 0xFFu); }
uint32_t offset_of(uint32_t unit) { return unit >> 10 << ((unit & 0x200u) >> 6); }

[[noreturn]] void refuse(const char* rule, size_t got) {
  throw Error(ErrorCode::kTokenizer, std::string("precompiled_charsmap: must ") + rule + ", got " + std::to_string(got),
              {{"got", double(got)}});
}

}  // namespace

Charsmap::Charsmap(std::string_view bytes) {
  if (bytes.empty()) return;
  uint32_t size = 0;
  if (bytes.size() < sizeof(size)) refuse("begin with a size of 4 bytes", bytes.size());
  std::memcpy(&size, bytes.data(), sizeof(size));
  bytes.remove_prefix(sizeof(size));
  if (size > bytes.size() || size % sizeof(uint32_t) != 0) refuse("hold all of its double array", size);
  units_.resize(size / sizeof(uint32_t));
  if (size > 0) std::memcpy(units_.data(), bytes.data(), size);
  results_.assign(bytes.begin() + size, bytes.end());
  size_t run = 0;
  for (const char byte : results_) {
    run = byte == '\0' ? 0 : run + 1;
    if (run > kMostResultBytes) refuse("have results of at most 1024 bytes", run);
  }
  for (uint32_t byte = 1; byte < 256 && !units_.empty(); ++byte) {
    const uint32_t at = offset_of(units_[0]) ^ byte;
    begins_[byte] = at < units_.size() && label_of(units_[at]) == byte;
  }
}

std::optional<Charsmap::Match> Charsmap::search(std::string_view text, bool is_greedy) const {
  if (text.empty() || !begins_[static_cast<uint8_t>(text[0])]) return std::nullopt;
  std::optional<Match> match;
  uint32_t node = offset_of(units_[0]);
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<uint8_t>(text[i]);
    if (byte == 0) break;
    node ^= byte;
    if (node >= units_.size() || label_of(units_[node]) != byte) break;
    const uint32_t unit = units_[node];
    node ^= offset_of(unit);
    if (!has_leaf(unit) || node >= units_.size()) continue;
    match = Match{i + 1, result_at(value_of(units_[node]))};
    if (!is_greedy) break;
  }
  return match;
}

std::string_view Charsmap::result_at(uint32_t place) const {
  if (place >= results_.size()) return {};
  const char* begin = results_.data() + place;
  const size_t most = results_.size() - place;
  const void* end = std::memchr(begin, '\0', most);
  return {begin, end == nullptr ? most : static_cast<size_t>(static_cast<const char*>(end) - begin)};
}

}  // namespace gridstride::text
