#include "native/text/normalizers/precompiled.h"

#include <string>

#include "native/text/unicode.h"
#include "native/text/utf8.h"

namespace gridstride::text {
namespace {

// Graphemes of more bytes are taken apart, whatever they are.
constexpr size_t kMostGraphemeBytes = 5;

// The end of the grapheme that begins at `at`. Of Unicode's rules (UAX 29) those that can join less than six bytes: line
// ends, marks, and what is written before others; the rest is about characters of three bytes and more.
size_t grapheme_end(std::span<const Char> text, size_t at) {
  if (text[at].code == '\r') return at + 1 < text.size() && text[at + 1].code == '\n' ? at + 2 : at + 1;
  while (at + 1 < text.size()) {
    const uint16_t before = flags_of(text[at].code), after = flags_of(text[at + 1].code);
    if (((before | after) & kBreaks) != 0) break;
    if ((after & kJoins) == 0 && (before & kPrepends) == 0) break;
    ++at;
  }
  return at + 1;
}

// Writes what `count` old characters become.
void put_result(std::string_view result, int32_t count, Rewriter& out) {
  int32_t written = 0;
  for (size_t at = 0; at < result.size(); ++written) {
    const uint32_t code = next_utf8(result, at);
    out.put(code, written < count ? 0 : 1);
  }
  if (written < count) out.drop(count - written);
}

}  // namespace

// Whether a character stays and is a grapheme by itself; quick for most texts. Below U+0300 nothing joins.
bool PrecompiledStep::is_plain(std::span<const Char> text, size_t at) const {
  const uint32_t code = text[at].code;
  if (code < 0x20 || code >= 0x7F || charsmap_.may_begin(static_cast<uint8_t>(code))) return false;
  return at + 1 == text.size() || text[at + 1].code < 0x300;
}

void PrecompiledStep::apply(const Section& section) const {
  const std::span<const Char> text = section.text();
  size_t first = 0;
  while (first < text.size() && is_plain(text, first)) ++first;
  if (first == text.size()) return;
  Rewriter out(section);
  const std::span<const Char> old = out.old();
  std::string bytes;
  const auto put = [&](size_t from, size_t to) {
    bytes.clear();
    for (size_t i = from; i < to; ++i) append_utf8(old[i].code, bytes);
    if (bytes.size() > kMostGraphemeBytes) return false;
    const auto match = charsmap_.shortest(bytes);
    if (match) put_result(match->text, static_cast<int32_t>(to - from), out);
    return match.has_value();
  };
  for (size_t at = 0; at < old.size();) {
    if (is_plain(old, at)) {
      out.put(old[at++].code, 0);
      continue;
    }
    const size_t end = grapheme_end(old, at);
    if (end - at > 1 && put(at, end)) {
      at = end;
      continue;
    }
    for (; at < end; ++at) {
      if (!put(at, at + 1)) out.put(old[at].code, 0);
    }
  }
  out.flush();
}

}  // namespace gridstride::text
