// SentencePiece's own normaliser (github.com/google/sentencepiece, src/normalizer.cc): the character map, white space, and
// the mark U+2581 for spaces.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "native/text/normalizers/charsmap.h"
#include "native/text/normalizers/step.h"
#include "native/text/trie.h"

namespace gridstride::text {

struct SentencePieceOptions {
  std::string charsmap;
  bool adds_dummy_prefix = true;         // a space before the text, or behind it
  bool removes_extra_whitespaces = true;  // at the ends, and all but one between words
  bool escapes_whitespaces = true;       // spaces become U+2581
  bool is_suffix = false;                // the dummy space goes behind the text
  std::vector<std::u16string> symbols;   // stay as they are
};

class SentencePieceStep : public NormalizerStep {
 public:
  // Throws a tokenizer error for a map that is cut off.
  explicit SentencePieceStep(SentencePieceOptions options);
  void apply(const Section& section) const override;
  bool is_local() const override { return false; }

 private:
  struct Pass;

  SentencePieceOptions options_;
  Charsmap charsmap_;
  Trie symbols_;
  uint32_t symbols_root_;
};

}  // namespace gridstride::text
