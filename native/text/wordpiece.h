// WordPiece: a word is cut into the longest vocabulary entries from left to right; all but the first carry a prefix.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "native/text/normalizer.h"
#include "native/text/trie.h"
#include "native/text/word_cache.h"

namespace gridstride::text {

struct WordPieceOptions {
  std::u16string prefix = u"##";
  uint32_t unk_id = 0;
  uint32_t max_chars_per_word = 100;  // a longer word is one unknown token
};

// The code points of UTF-16 text; lone surrogates stay.
std::vector<uint32_t> code_points(std::u16string_view text);

class WordPiece {
 public:
  explicit WordPiece(WordPieceOptions options);

  // Throws a tokenizer error when the token is there already under another id.
  void add(std::u16string_view token, uint32_t id);

  // Replaces `out` with the pieces of one word, or with one unknown token over the whole word. A cache serves one
  // WordPiece only.
  void encode(std::span<const Char> word, WordCache& cache, std::vector<Piece>& out) const;

 private:
  void search(std::span<const Char> word, std::vector<Piece>& out) const;

  WordPieceOptions options_;
  std::vector<uint32_t> prefix_;
  Trie trie_;
  uint32_t initial_;     // tokens as they are
  uint32_t continuing_;  // tokens that begin with the prefix, without it
};

}  // namespace gridstride::text
