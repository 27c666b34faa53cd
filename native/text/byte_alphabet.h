// GPT-2's alphabet: a printable character for each byte, so that byte strings can be written as text.
#pragma once

#include <array>
#include <cstdint>

namespace gridstride::text {

// The character of each byte: printable Latin-1 bytes stand for themselves, the others follow from U+0100 on.
const std::array<uint32_t, 256>& byte_characters();

}  // namespace gridstride::text
