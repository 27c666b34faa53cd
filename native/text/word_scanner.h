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

// Marian's language codes: what stands at the begin of a stretch as >>...<< is one token.
struct LanguageCodes {
  Trie codes;  // with > and <
  uint32_t root = codes.add_root();
  uint32_t unk_id = 0;  // of all others

  std::optional<AddedMatch> find(std::u16string_view text, size_t at) const;
};

// How a text is cut; shared by encoding and training.
struct WordRules {
  Normalizer normalizer{NormalizerOptions{}};
  Splitter splitter{SplitOptions{}};
  AddedTokens raw;         // looked for in the text as it is
  AddedTokens normalized;  // looked for after normalisation
  bool has_steps = false;  // the normaliser is more than BERT's,
  bool is_local = true;    // and the text may be cut where Normalizer::local_space() says
  std::optional<LanguageCodes> languages;
};

struct Word {
  std::span<const Char> chars;    // valid until the next word; empty for an added token
  std::optional<uint32_t> added;  // the added token's id
  uint32_t start, end;            // UTF-16 units of the text
  bool continues = false;         // a further part of the word before it
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
  void skip(const AddedMatch& match, Word& word);

  const WordRules& rules_;
  std::u16string_view text_;
  size_t at_ = 0;      // the text before this is in the block or done
  size_t search_ = 0;  // no raw token begins between at_ and here
  size_t floor_ = 0;   // the end of the last raw token
  std::optional<AddedMatch> raw_match_;
  std::optional<AddedMatch> language_;
  bool may_have_language_ = true;
  bool in_stretch_ = false;  // the stretch between raw tokens goes on from the block before

  std::vector<Char>& block_;
  size_t cursor_ = 0;
  size_t segment_end_ = 0;  // words end here: the next normalised token, or the block's end
  size_t normal_search_ = 0;
  std::optional<AddedMatch> normal_match_;
  bool is_fresh_ = true;  // no part of the segment's first word has been seen
};

}  // namespace gridstride::text
