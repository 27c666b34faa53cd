#include "native/text/normalizers/simple_steps.h"

#include <algorithm>

#include "native/core/error.h"
#include "native/text/unicode.h"

namespace gridstride::text {
namespace {

bool is_space(const Char& c) { return (flags_of(c.code) & kSpace) != 0; }

// As in SentencePiece's rules for machine translation.
bool is_dropped_by_nmt(uint32_t code) {
  return (code >= 0x01 && code <= 0x08) || code == 0x0B || (code >= 0x0E && code <= 0x1F) || code == 0x7F ||
         code == 0x8F || code == 0x9F;
}

bool is_space_for_nmt(uint32_t code) {
  switch (code) {
    case 0x09:
    case 0x0A:
    case 0x0C:
    case 0x0D:
    case 0x1680:
    case 0x2028:
    case 0x2029:
    case 0x2581:
    case 0xFEFF:
    case 0xFFFD:
      return true;
    default:
      return code >= 0x200B && code <= 0x200F;
  }
}

// What has a character's range of the text, in place of `count` characters that end there.
void put_in_place_of(std::span<const Char> removed, const Codes& content, Rewriter& out) {
  out.flush();
  out.skip(removed.size());
  for (const uint32_t code : content) out.put(code, 1);
}

}  // namespace

void refuse_growth(size_t most) {
  throw Error(ErrorCode::kTokenizer,
              "tokenizer: a text must not grow so much when it is normalised, got more than " + std::to_string(most) +
                  " characters",
              {{"most", double(most)}});
}

bool ReplaceStep::is_local() const {
  // Nothing that a space has become stands in a match, so that none would be cut.
  return pattern_.size() == 1 ||
         std::all_of(pattern_.begin(), pattern_.end(), [](uint32_t code) { return code > ' ' && code < 0x7F; });
}

void ReplaceStep::apply(const Section& section) const {
  const auto same = [](const Char& c, uint32_t code) { return c.code == code; };
  const std::span<Char> text = section.text();
  auto found = std::search(text.begin(), text.end(), pattern_.begin(), pattern_.end(), same);
  if (found == text.end()) return;
  if (pattern_.size() == 1 && content_.size() == 1) {
    for (; found != text.end(); ++found) {
      if (found->code == pattern_[0]) found->code = content_[0];
    }
    return;
  }
  Rewriter out(section);
  const std::span<const Char> old = out.old();
  for (auto at = old.begin();;) {
    const auto match = std::search(at, old.end(), pattern_.begin(), pattern_.end(), same);
    for (; at != match; ++at) out.put(at->code, 0);
    if (match == old.end()) break;
    put_in_place_of({match, pattern_.size()}, content_, out);
    at = match + static_cast<std::ptrdiff_t>(pattern_.size());
  }
  out.flush();
}

size_t ReplaceSpacesStep::run_at(std::span<const Char> text, size_t at) const {
  // Within a run that was too short nothing is looked for again: the whole of it is.
  if (at > 0 && text[at - 1].code == ' ') return 0;
  size_t end = at;
  while (end < text.size() && text[end].code == ' ') ++end;
  return end - at >= least_ ? end - at : 0;
}

size_t ReplaceWhitespaceStep::run_at(std::span<const Char> text, size_t at) const {
  size_t end = at;
  while (end < text.size() && is_space(text[end])) ++end;
  const uint32_t code = text[at].code;
  return end - at > 1 || code == '\n' || code == '\r' || code == '\t' ? end - at : 0;
}

void ReplaceRunsStep::apply(const Section& section) const {
  const std::span<Char> text = section.text();
  size_t first = 0;
  while (first < text.size() && run_at(text, first) == 0) ++first;
  if (first == text.size()) return;
  Rewriter out(section);
  const std::span<const Char> old = out.old();
  for (size_t at = 0; at < old.size();) {
    const size_t run = run_at(old, at);
    if (run > 0) {
      put_in_place_of(old.subspan(at, run), content_, out);
      at += run;
    } else {
      out.put(old[at++].code, 0);
    }
  }
  out.flush();
}

void PrependStep::apply(const Section& section) const {
  const std::span<const Char> text = section.text();
  if (!section.begins || text.empty()) return;
  if (section.chars.size() + content_.size() > section.most) refuse_growth(section.most);
  std::vector<Char> prefix;
  for (const uint32_t code : content_) prefix.push_back({code, text[0].start, text[0].end});
  section.chars.insert(section.chars.begin() + static_cast<std::ptrdiff_t>(section.first), prefix.begin(),
                       prefix.end());
}

void StripStep::apply(const Section& section) const {
  std::vector<Char>& chars = section.chars;
  if (right_ && section.ends) {
    while (chars.size() > section.first && is_space(chars.back())) chars.pop_back();
  }
  if (!left_ || !section.begins) return;
  const auto first = chars.begin() + static_cast<std::ptrdiff_t>(section.first);
  chars.erase(first, std::find_if_not(first, chars.end(), is_space));
}

void CharacterStep::apply(const Section& section) const {
  if (kind_ == Kind::kLowercase) {
    const std::span<Char> text = section.text();
    const auto is_one = [](const Char& c) { return lower_case(c.code).count == 1; };
    if (std::all_of(text.begin(), text.end(), is_one)) {
      for (Char& c : text) c.code = lower_case(c.code).code[0];
      return;
    }
    Rewriter out(section);
    for (const Char& c : out.old()) {
      const Mapping lower = lower_case(c.code);
      for (uint32_t i = 0; i < lower.count; ++i) out.put(lower.code[i], i == 0 ? 0 : 1);
    }
    return out.flush();
  }
  const auto goes = [&](const Char& c) {
    return kind_ == Kind::kNmt ? is_dropped_by_nmt(c.code) : (flags_of(c.code) & kMark) != 0;
  };
  const auto first = section.chars.begin() + static_cast<std::ptrdiff_t>(section.first);
  section.chars.erase(std::remove_if(first, section.chars.end(), goes), section.chars.end());
  if (kind_ != Kind::kNmt) return;
  for (Char& c : section.text()) {
    if (is_space_for_nmt(c.code)) c.code = ' ';
  }
}

}  // namespace gridstride::text
