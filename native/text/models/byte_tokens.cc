#include "native/text/models/byte_tokens.h"

#include "native/text/models/model.h"

namespace gridstride::text {

std::optional<uint8_t> byte_of_token(std::u16string_view token) {
  if (token.size() != 6 || !token.starts_with(u"<0x") || token[5] != u'>') return std::nullopt;
  uint32_t byte = 0;
  for (const char16_t digit : token.substr(3, 2)) {
    const bool decimal = digit >= u'0' && digit <= u'9';
    if (!decimal && (digit < u'A' || digit > u'F')) return std::nullopt;
    byte = byte * 16 + static_cast<uint32_t>(decimal ? digit - u'0' : digit - u'A' + 10);
  }
  return static_cast<uint8_t>(byte);
}

bool add_byte_token(std::u16string_view token, uint32_t id, std::array<uint32_t, 256>& ids) {
  const std::optional<uint8_t> byte = byte_of_token(token);
  if (!byte) return false;
  uint32_t& known = ids[*byte];
  if (known != kNoToken && known != id) refuse_two_ids(known, id);
  known = id;
  return true;
}

}  // namespace gridstride::text
