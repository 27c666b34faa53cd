#include "native/text/byte_alphabet.h"

namespace gridstride::text {

const std::array<uint32_t, 256>& byte_characters() {
  static const std::array<uint32_t, 256> characters = [] {
    std::array<uint32_t, 256> made{};
    uint32_t next = 0x100;
    for (uint32_t byte = 0; byte < 256; ++byte) {
      const bool printable = (byte > 0x20 && byte < 0x7F) || (byte > 0xA0 && byte != 0xAD);
      made[byte] = printable ? byte : next++;
    }
    return made;
  }();
  return characters;
}

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

}  // namespace gridstride::text
