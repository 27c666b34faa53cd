#include "native/text/offset_trimmer.h"

#include <algorithm>

#include "native/text/byte_alphabet.h"

namespace gridstride::text {

OffsetTrimmer::Spaces OffsetTrimmer::spaces_of(std::u16string_view token) {
  const uint32_t space = byte_characters()[' '];
  const auto is_space = [&](char16_t unit) { return unit == space || (flags_of(unit) & kSpace) != 0; };
  const auto first = std::find_if_not(token.begin(), token.end(), is_space);
  const auto last = std::find_if_not(token.rbegin(), token.rend(), is_space);
  return {static_cast<uint32_t>(first - token.begin()), static_cast<uint32_t>(last - token.rbegin())};
}

OffsetTrimmer::OffsetTrimmer(const Vocabulary& vocabulary, bool has_prefix) : has_prefix_(has_prefix) {
  for (const auto& [token, id] : vocabulary) {
    const Spaces spaces = spaces_of(token);
    if (spaces.leading == 0 && spaces.trailing == 0) continue;
    if (id >= spaces_.size()) spaces_.resize(id + size_t{1});
    spaces_[id] = spaces;
  }
}

Token OffsetTrimmer::trimmed(Token token, std::u16string_view text, bool is_first) const {
  if (!token.added && token.id >= spaces_.size()) return token;
  // An added token may have taken the white space around it.
  auto [leading, trailing] =
      token.added ? spaces_of(text.substr(token.start, token.end - token.start)) : spaces_[token.id];
  // One space at the begin is the prefix; several are the text's, as Python sees it.
  if (has_prefix_ && leading == 1 && (is_first || token.start == 0)) leading = 0;
  token.start = std::min(token.start + leading, token.end);
  if (trailing > 0 && token.end >= trailing) token.end = std::max(token.end - trailing, token.start);
  return token;
}

}  // namespace gridstride::text
