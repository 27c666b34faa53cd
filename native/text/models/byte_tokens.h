// The tokens <0x00> to <0xFF>, which stand for bytes of what has no token.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace gridstride::text {

inline constexpr uint32_t kNoToken = UINT32_MAX;

// The byte that a token stands for, if it is one of them.
std::optional<uint8_t> byte_of_token(std::u16string_view token);

// Notes the id of a token that stands for a byte; false for any other token. Throws a tokenizer error when the byte has
// another id already.
bool add_byte_token(std::u16string_view token, uint32_t id, std::array<uint32_t, 256>& ids);

}  // namespace gridstride::text
