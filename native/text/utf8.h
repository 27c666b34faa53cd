// UTF-8, read and written a code point at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gridstride::text {

// Appends a code point as UTF-8; a lone surrogate as U+FFFD.
void append_utf8(uint32_t code, std::string& out);

// The code point at `at`, which moves past it; U+FFFD for a byte that belongs to none.
uint32_t next_utf8(std::string_view bytes, size_t& at);

}  // namespace gridstride::text
