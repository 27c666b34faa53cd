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

}  // namespace gridstride::text
