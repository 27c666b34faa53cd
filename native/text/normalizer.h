// The BERT normaliser: clean text, space around CJK characters, strip accents, lower case (in that order, as in
// Hugging Face's BertNormalizer). Every character remembers the UTF-16 range of the original text it came from.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "native/text/unicode.h"

namespace gridstride::text {

struct NormalizerOptions {
  bool clean_text = false;  // drop control characters, make every white space a plain space
  bool cjk_spacing = false;
  bool strip_accents = false;
  bool lower_case = false;
};

// One normalised code point and where it came from, in UTF-16 units of the whole text.
struct Char {
  uint32_t code;
  uint32_t start;
  uint32_t end;
};

class Normalizer {
 public:
  explicit Normalizer(NormalizerOptions options) : options_(options) {}

  // Whether text stays as it is.
  bool is_identity() const {
    const auto& [clean_text, cjk_spacing, strip_accents, lower_case] = options_;
    return !(clean_text || cjk_spacing || strip_accents || lower_case);
  }

  // Appends text[first, last), normalised, to `out`.
  void append(std::u16string_view text, size_t first, size_t last, std::vector<Char>& out) const;

 private:
  void append_other(uint32_t code, uint32_t start, uint32_t end, std::vector<Char>& out) const;
  void append_folded(uint32_t code, uint32_t start, uint32_t end, std::vector<Char>& out) const;

  NormalizerOptions options_;
};

}  // namespace gridstride::text
