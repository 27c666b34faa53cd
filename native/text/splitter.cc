#include "native/text/splitter.h"

#include <algorithm>

namespace gridstride::text {
namespace {

using Text = std::span<const Char>;

// A run of characters that have one of the flags, from `at` on.
size_t run_end(Text text, size_t at, uint16_t flags) {
  while (at < text.size() && (flags_of(text[at].code) & flags) != 0) ++at;
  return at;
}

// A run of characters that have none of them.
size_t run_end_without(Text text, size_t at, uint16_t flags) {
  while (at < text.size() && (flags_of(text[at].code) & flags) == 0) ++at;
  return at;
}

bool next_bert(Text text, size_t& first, size_t& last) {
  first = run_end(text, first, kSpace);
  if (first >= text.size()) return false;
  const bool punctuation = (flags_of(text[first].code) & kPunctuation) != 0;
  last = punctuation ? first + 1 : run_end_without(text, first, kSpace | kPunctuation);
  return true;
}

// A letter of a contraction in any case; U+017F is a form of s.
uint32_t folded(uint32_t code) {
  if (code >= 'A' && code <= 'Z') return code + 32;
  return code == 0x17F ? 's' : code;
}

// How many characters of a contraction ('s, 'll ...) stand after the apostrophe at `at`; 0 for none.
size_t contraction(Text text, size_t at, bool any_case) {
  const auto code = [&](size_t i) {
    if (i >= text.size()) return uint32_t{0};
    return any_case ? folded(text[i].code) : text[i].code;
  };
  switch (code(at + 1)) {
    case 's':
    case 't':
    case 'm':
    case 'd':
      return 1;
    case 'r':
    case 'v':
      return code(at + 2) == 'e' ? 2 : 0;
    case 'l':
      return code(at + 2) == 'l' ? 2 : 0;
    default:
      return 0;
  }
}

// The end of the white space that `\s+(?!\S)|\s+` takes of the run [at, end): a last character that something follows
// is left to it.
size_t space_end(Text text, size_t at, size_t end) { return end < text.size() && end - at > 1 ? end - 1 : end; }

size_t gpt2_end(Text text, size_t at) {
  const uint32_t code = text[at].code;
  if (code == '\'') {
    if (const size_t letters = contraction(text, at, false); letters > 0) return at + 1 + letters;
  }
  const size_t begin = code == ' ' && at + 1 < text.size() ? at + 1 : at;
  const uint16_t flags = flags_of(text[begin].code);
  if ((flags & kLetter) != 0) return run_end(text, begin, kLetter);
  if ((flags & kNumber) != 0) return run_end(text, begin, kNumber);
  if ((flags & kSpace) == 0) return run_end_without(text, begin, kSpace | kLetter | kNumber);
  return space_end(text, at, run_end(text, at, kSpace));
}

bool is_line_end(uint32_t code) { return code == '\n' || code == '\r'; }

// \s*[\r\n]+|\s+(?!\S)|\s+
size_t gpt4_space_end(Text text, size_t at) {
  const size_t end = run_end(text, at, kSpace);
  size_t line = end;
  while (line > at && !is_line_end(text[line - 1].code)) --line;
  return line > at ? line : space_end(text, at, end);
}

size_t gpt4_end(Text text, size_t at, uint32_t max_digits) {
  const uint32_t code = text[at].code;
  if (code == '\'') {
    if (const size_t letters = contraction(text, at, true); letters > 0) return at + 1 + letters;
  }
  const uint16_t flags = flags_of(code);
  const auto flags_at = [&](size_t i) { return i < text.size() ? flags_of(text[i].code) : uint16_t{0}; };
  if ((flags & kLetter) != 0) return run_end(text, at, kLetter);
  if ((flags & kNumber) != 0) return run_end(text.first(std::min(text.size(), at + max_digits)), at, kNumber);
  if (!is_line_end(code) && (flags_at(at + 1) & kLetter) != 0) return run_end(text, at + 1, kLetter);
  const size_t begin = code == ' ' && at + 1 < text.size() ? at + 1 : at;
  if ((flags_at(begin) & (kSpace | kLetter | kNumber)) != 0) return gpt4_space_end(text, at);
  size_t end = run_end_without(text, begin, kSpace | kLetter | kNumber);
  while (end < text.size() && is_line_end(text[end].code)) ++end;
  return end;
}

// The end of a word of other kinds than the above, which may begin with the mark.
size_t marked_end(Text text, size_t at, uint32_t mark, uint16_t ends) {
  ++at;
  while (at < text.size() && text[at].code != mark && (flags_of(text[at].code) & ends) == 0) ++at;
  return at;
}

bool next_words(Text text, size_t& first, size_t& last) {
  first = run_end(text, first, kSpace);
  if (first >= text.size()) return false;
  const bool is_word = (flags_of(text[first].code) & kWord) != 0;
  last = is_word ? run_end(text, first, kWord) : run_end_without(text, first, kWord | kSpace);
  return true;
}

// The end of `[^ ]* | `: a space goes with what is before it, further ones are alone.
size_t after_space(Text text, size_t at) {
  while (at < text.size() && text[at].code != ' ') ++at;
  return at < text.size() ? at + 1 : at;
}

// The end of a part that begins with the seam, or with the text.
size_t seam_end(Text text, size_t at, uint32_t seam) {
  if (seam == 0) return text.size();
  while (at < text.size() && text[at].code == seam) ++at;
  while (at < text.size() && text[at].code != seam) ++at;
  return at;
}

// The first space from `at` on that follows a printable character of ASCII: where a normaliser may be local.
size_t local_cut(std::u16string_view text, size_t at) {
  while (at < text.size() && !(text[at] == ' ' && at > 0 && text[at - 1] > ' ' && text[at - 1] < 0x7F)) ++at;
  return at;
}

// May the text be cut before this unit without splitting a word of BERT's?
bool is_bert_boundary(char16_t unit) {
  const uint16_t flags = flags_of(unit);
  // Vertical tab and the like are white space that cleaning removes: the words around them join.
  return (flags & kPunctuation) != 0 || ((flags & kSpace) != 0 && (flags & kRemoved) == 0);
}

}  // namespace

bool Splitter::next(std::span<const Char> text, size_t& first, size_t& last) const {
  if (options_.kind == SplitKind::kBert) return next_bert(text, first, last);
  if (options_.kind == SplitKind::kWords) return next_words(text, first, last);
  const bool drops_spaces = options_.kind == SplitKind::kSpaces || options_.kind == SplitKind::kMarkedSpaces;
  if (drops_spaces) first = run_end(text, first, kSpace);
  if (first >= text.size()) return false;
  switch (options_.kind) {
    case SplitKind::kSpaces:
      last = run_end_without(text, first, kSpace);
      break;
    case SplitKind::kMarks:
    case SplitKind::kMarkedSpaces:
      last = marked_end(text, first, options_.space, drops_spaces ? kSpace : uint16_t{0});
      break;
    case SplitKind::kAfterSpaces:
      last = after_space(text, first);
      break;
    case SplitKind::kGpt2:
      last = gpt2_end(text, first);
      break;
    case SplitKind::kGpt4:
      last = gpt4_end(text, first, options_.max_digits);
      break;
    case SplitKind::kCharacters:
      last = first + 1;
      break;
    default:
      last = seam_end(text, first, options_.seam);
  }
  return true;
}

size_t Splitter::cut_from(std::u16string_view text, size_t at, bool is_local) const {
  const bool is_whole = options_.kind == SplitKind::kWhole && options_.seam == 0;
  if (is_whole || options_.kind == SplitKind::kAfterSpaces) return text.size();
  if (is_local) return local_cut(text, at);
  switch (options_.kind) {
    case SplitKind::kBert:
      while (at < text.size() && !is_bert_boundary(text[at])) ++at;
      return at;
    case SplitKind::kGpt2:
    case SplitKind::kGpt4:  // a space after something else begins a word, and nothing before it looks past it
      while (at < text.size() && !(text[at] == ' ' && at > 0 && (flags_of(text[at - 1]) & kSpace) == 0)) ++at;
      return at;
    case SplitKind::kCharacters:
      return (text[at] & 0xFC00u) == 0xDC00u ? at + 1 : at;
    default:
      return local_cut(text, at);
  }
}

}  // namespace gridstride::text
