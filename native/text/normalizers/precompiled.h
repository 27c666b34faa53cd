// Hugging Face's Precompiled: SentencePiece's character map, used grapheme by grapheme.
#pragma once

#include <string_view>

#include "native/text/normalizers/charsmap.h"
#include "native/text/normalizers/step.h"

namespace gridstride::text {

class PrecompiledStep : public NormalizerStep {
 public:
  // Throws a tokenizer error for a map that is cut off.
  explicit PrecompiledStep(std::string_view charsmap) : charsmap_(charsmap) {}
  void apply(const Section& section) const override;

 private:
  bool is_plain(std::span<const Char> text, size_t at) const;

  Charsmap charsmap_;
};

}  // namespace gridstride::text
