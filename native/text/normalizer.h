// The BERT normaliser: clean text, space around CJK characters, strip accents, lower case (in that order, as in
// Hugging Face's BertNormalizer); then the steps of other normalisers. Every character remembers the UTF-16 range of the
// original text it came from.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "native/text/normalizers/step.h"
#include "native/text/unicode.h"

namespace gridstride::text {

struct NormalizerOptions {
  bool clean_text = false;  // drop control characters, make every white space a plain space
  bool cjk_spacing = false;
  bool strip_accents = false;
  bool lower_case = false;
};

using NormalizerSteps = std::vector<std::shared_ptr<const NormalizerStep>>;

// Part of a text, text[first, last), and whether the stretch that is normalised by itself begins and ends with it.
struct TextPart {
  size_t first, last;
  bool begins = true, ends = true;
};

class Normalizer {
 public:
  explicit Normalizer(NormalizerOptions options, NormalizerSteps steps = {})
      : options_(options), steps_(std::move(steps)) {}

  // Whether text stays as it is.
  bool is_identity() const {
    const auto& [clean_text, cjk_spacing, strip_accents, lower_case] = options_;
    return !(clean_text || cjk_spacing || strip_accents || lower_case) && steps_.empty();
  }

  // What a space becomes, where a text may be cut before one that follows a printable character of ASCII other than a
  // space: each part is normalised to what it would be in the whole. 0 where it may not.
  uint32_t local_space() const;

  // Appends a part of the text, normalised, to `out`.
  void append(std::u16string_view text, const TextPart& part, std::vector<Char>& out) const;

 private:
  void append_bert(std::u16string_view text, const TextPart& part, std::vector<Char>& out) const;
  void append_other(uint32_t code, uint32_t start, uint32_t end, std::vector<Char>& out) const;
  void append_folded(uint32_t code, uint32_t start, uint32_t end, std::vector<Char>& out) const;

  NormalizerOptions options_;
  NormalizerSteps steps_;
};

}  // namespace gridstride::text
