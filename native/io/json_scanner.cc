#include "native/io/json_scanner.h"

#include "native/core/error.h"

namespace gridstride::io {

namespace {

constexpr int64_t kMaxNumber = int64_t{1} << 53;

void append_utf8(uint32_t code, std::string* out) {
  if (code < 0x80) {
    out->push_back(static_cast<char>(code));
    return;
  }
  const int extra = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  constexpr uint32_t lead[] = {0, 0xc0, 0xe0, 0xf0};
  out->push_back(static_cast<char>(lead[extra] | (code >> (6 * extra))));
  for (int i = extra - 1; i >= 0; --i) out->push_back(static_cast<char>(0x80 | ((code >> (6 * i)) & 0x3f)));
}

// Bytes of the character that starts at `text[at]`, or 0 when it is malformed.
size_t character_bytes(std::string_view text, size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  if (lead < 0x80) return 1;
  const size_t bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || at + bytes > text.size()) return 0;
  uint32_t code = lead & (0x7f >> bytes);
  for (size_t i = 1; i < bytes; ++i) {
    const auto next = static_cast<unsigned char>(text[at + i]);
    if ((next & 0xc0) != 0x80) return 0;
    code = code << 6 | (next & 0x3f);
  }
  constexpr uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool is_surrogate = code >= 0xd800 && code < 0xe000;
  return code < least[bytes] || code > 0x10ffff || is_surrogate ? 0 : bytes;
}

}  // namespace

bool is_utf8(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const size_t bytes = character_bytes(text, at);
    if (bytes == 0) return false;
    at += bytes;
  }
  return true;
}

void JsonScanner::fail(const std::string& rule) const {
  throw Error(ErrorCode::kCheckpoint,
              "safetensors: the header " + rule + ", got byte " + std::to_string(at_) + " of it in " + file_,
              {{"file", file_}, {"position", static_cast<double>(at_)}});
}

void JsonScanner::skip_space() {
  while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t'))
    ++at_;
}

bool JsonScanner::take(char c) {
  skip_space();
  if (at_ >= text_.size() || text_[at_] != c) return false;
  ++at_;
  return true;
}

void JsonScanner::expect(char c) {
  if (!take(c)) fail(std::string("must be JSON with ") + c + " here");
}

void JsonScanner::expect_end() {
  skip_space();
  if (at_ != text_.size()) fail("must end after one JSON object");
}

int64_t JsonScanner::number() {
  skip_space();
  const size_t begin = at_;
  int64_t value = 0;
  while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') {
    value = value * 10 + (text_[at_++] - '0');
    if (value > kMaxNumber) fail("must hold whole numbers in [0, 2^53]");
  }
  const bool has_leading_zero = at_ > begin + 1 && text_[begin] == '0';
  if (at_ == begin || has_leading_zero) fail("must hold whole numbers in [0, 2^53]");
  return value;
}

uint32_t JsonScanner::hex4() {
  uint32_t code = 0;
  for (int i = 0; i < 4; ++i) {
    const char c = at_ < text_.size() ? text_[at_++] : ' ';
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) fail("must have four hexadecimal digits after \\u");
    code = code << 4 | static_cast<uint32_t>(digit);
  }
  return code;
}

void JsonScanner::escape(std::string* out) {
  constexpr std::string_view letters = "\"\\/bfnrt", meanings = "\"\\/\b\f\n\r\t";
  const char c = at_ < text_.size() ? text_[at_++] : ' ';
  if (const size_t found = letters.find(c); found != std::string_view::npos) {
    out->push_back(meanings[found]);
    return;
  }
  if (c != 'u') fail("must not have unknown escapes");
  uint32_t code = hex4();
  if (code >= 0xd800 && code < 0xe000) {
    const bool has_pair = code < 0xdc00 && text_.substr(at_, 2) == "\\u";
    if (!has_pair) fail("must not have half of a surrogate pair");
    at_ += 2;
    const uint32_t low = hex4();
    if (low < 0xdc00 || low >= 0xe000) fail("must not have half of a surrogate pair");
    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
  }
  append_utf8(code, out);
}

std::string JsonScanner::string() {
  expect('"');
  std::string out;
  for (;;) {
    if (at_ >= text_.size()) fail("must close its strings");
    const char c = text_[at_++];
    if (c == '"') break;
    if (static_cast<unsigned char>(c) < 0x20) fail("must escape control characters");
    if (c == '\\')
      escape(&out);
    else
      out.push_back(c);
  }
  if (!is_utf8(out)) fail("must be valid UTF-8");
  return out;
}

}  // namespace gridstride::io
