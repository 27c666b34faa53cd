// WordPiece: a word is cut into the longest vocabulary entries from left to right; all but the first carry a prefix.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "native/text/models/model.h"
#include "native/text/trie.h"

namespace gridstride::text {

struct WordPieceOptions {
  std::u16string prefix = u"##";
  uint32_t unk_id = 0;
  uint32_t max_chars_per_word = 100;  // a longer word is one unknown token
};

class WordPiece : public Model {
 public:
  // Throws a tokenizer error when a token is there twice under two ids.
  WordPiece(WordPieceOptions options, const Vocabulary& vocabulary);

  // The pieces of one word, or one unknown token over the whole word.
  void encode(std::span<const Char> word, ModelMemory& memory, std::vector<Piece>& out) const override;

 private:
  void add(std::u16string_view token, uint32_t id);
  void search(std::span<const Char> word, std::vector<Piece>& out) const;

  WordPieceOptions options_;
  std::vector<uint32_t> prefix_;
  Trie trie_;
  uint32_t initial_;     // tokens as they are
  uint32_t continuing_;  // tokens that begin with the prefix, without it
};

}  // namespace gridstride::text
