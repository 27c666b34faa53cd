// Where a stretch of normalised text is cut into words. The patterns of GPT-2 and its followers are scanned by hand:
// each choice needs one character more than it takes, so that no regular expression is run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "native/text/normalizer.h"

namespace gridstride::text {

enum class SplitKind : uint8_t {
  kBert,        // white space goes, a punctuation character is a word
  kGpt2,        // 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
  kGpt4,        // cl100k's: contractions in any case, numbers in groups, line ends go with what is before them
  kWhole,       // a stretch is one word
  kCharacters,  // so is every character
  kWords,       // \w+|[^\w\s]+, what stands between goes
  kSpaces,      // white space goes
  kMarks,        // what spaces become (SplitOptions::space) begins a word
  kMarkedSpaces,  // the same in what lies between white space
  kAfterSpaces,  // a space ends a word
};

struct SplitOptions {
  SplitKind kind = SplitKind::kBert;
  uint32_t max_digits = 3;       // of kGpt4: characters of a number in one word
  uint32_t prefix = 0;           // a character put before a stretch that does not begin with it; 0 for none
  bool prefix_at_start = false;  // only before the text's first stretch
  bool prefix_words = false;     // before every word rather than every stretch
  uint32_t space = 0;            // what spaces become; 0: they stay
  // A character that nothing before it joins with, unless it is one, too: what is one word is looked at in parts that
  // begin with it. 0 for none.
  uint32_t seam = 0;
};

class Splitter {
 public:
  explicit Splitter(SplitOptions options) : options_(options) {}

  const SplitOptions& options() const { return options_; }

  // The next word of `text` at or after `first`, which moves to its begin, as text[first, last). False at the end.
  bool next(std::span<const Char> text, size_t& first, size_t& last) const;

  // The first place from `at` on (at < text.size()) where the raw text may be cut without splitting a word or changing
  // what stands beside the cut; text.size() where there is none. With `is_local`, only before a space that follows a
  // printable character of ASCII.
  size_t cut_from(std::u16string_view text, size_t at, bool is_local) const;

 private:
  SplitOptions options_;
};

}  // namespace gridstride::text
