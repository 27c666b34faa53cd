#include "native/io/json_text.h"

namespace gridstride::io {

std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      constexpr char digits[] = "0123456789abcdef";
      out += "\\u00";
      out += digits[c >> 4];
      out += digits[c & 15];
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string quoted(std::string_view name) {
  constexpr size_t kLongest = 200;
  const bool is_long = name.size() > kLongest;
  size_t cut = is_long ? kLongest : name.size();
  while (is_long && cut > 0 && (static_cast<unsigned char>(name[cut]) & 0xc0) == 0x80) --cut;
  return json_string(name.substr(0, cut)) + (is_long ? "..." : "");
}

}  // namespace gridstride::io
