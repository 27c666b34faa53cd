// Words of a text, one at a time: added tokens, and what the splitter makes of the normalised text between them.
// Works in blocks, so that a caller who stops early has not paid for the rest of a long text.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "native/text/added_tokens.h"
#include "native/text/normalizer.h"
#include "native/text/splitter.h"

namespace gridstride::text {

// How a text is cut; shared by encoding and training.
struct WordRules {
  Normalizer normalizer{NormalizerOptions{}};
  Splitter splitter{SplitOptions{}};
  AddedTokens raw;         // looked for in the text as it is
  AddedTokens normalized;  // looked for after normalisation
};

struct Word {
  std::span<const Char> chars;    // valid until the next word; empty for an added token
  std::optional<uint32_t> added;  // the added token's id
  uint32_t start, end;            // UTF-16 units of the text
};

class WordScanner {
 public:
  // `block` is memory to work in; what it held is lost.
  WordScanner(const WordRules& rules, std::u16string_view text, std::vector<Char>& block)
      : rules_(rules), text_(text), block_(block) {
    block_.clear();
  }

  // False at the end of the text.
  bool next(Word& word);

 private:
  bool next_in_segment(Word& word);
  void fill_block();
  void find_segment();
  void put_prefix(size_t place);
  size_t block_end() const;

  const WordRules& rules_;
  std::u16string_view text_;
  size_t at_ = 0;      // the text before this is in the block or done
  size_t search_ = 0;  // no raw token begins between at_ and here
  size_t floor_ = 0;   // the end of the last raw token
  std::optional<AddedMatch> raw_match_;
  bool in_stretch_ = false;  // the stretch between raw tokens goes on from the block before

  std::vector<Char>& block_;
  size_t cursor_ = 0;
  size_t segment_end_ = 0;  // words end here: the next normalised token, or the block's end
  size_t normal_search_ = 0;
  std::optional<AddedMatch> normal_match_;
};

}  // namespace gridstride::text
