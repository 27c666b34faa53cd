// Text as JSON writes it.
#pragma once

#include <string>
#include <string_view>

namespace gridstride::io {

// In quotes, with escapes.
std::string json_string(std::string_view text);

// A name from a file as it may stand in a message: in quotes, short, without control characters.
std::string quoted(std::string_view name);

}  // namespace gridstride::io
