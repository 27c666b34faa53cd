#include "native/text/utf8.h"

namespace gridstride::text {

void append_utf8(uint32_t code, std::string& out) {
  const auto put = [&](uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  const auto tail = [&](unsigned shift) { put(0x80 | ((code >> shift) & 0x3F)); };
  if (code >= 0xD800 && code <= 0xDFFF) code = 0xFFFD;
  if (code < 0x80) return put(code);
  if (code < 0x800) {
    put(0xC0 | (code >> 6));
  } else {
    if (code < 0x10000) {
      put(0xE0 | (code >> 12));
    } else {
      put(0xF0 | (code >> 18));
      tail(12);
    }
    tail(6);
  }
  tail(0);
}

uint32_t next_utf8(std::string_view bytes, size_t& at) {
  constexpr uint32_t kReplacement = 0xFFFD;
  constexpr uint32_t kLeast[] = {0, 0x80, 0x800, 0x10000};
  const auto lead = static_cast<uint8_t>(bytes[at++]);
  if (lead < 0x80) return lead;
  const size_t tails = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
  if (lead < 0xC0 || lead >= 0xF8 || bytes.size() - at < tails) return kReplacement;
  uint32_t code = lead & (0x3Fu >> tails);
  for (size_t i = 0; i < tails; ++i) {
    const auto tail = static_cast<uint8_t>(bytes[at + i]);
    if ((tail & 0xC0u) != 0x80) return kReplacement;
    code = code << 6 | (tail & 0x3Fu);
  }
  if (code < kLeast[tails] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return kReplacement;
  at += tails;
  return code;
}

}  // namespace gridstride::text
