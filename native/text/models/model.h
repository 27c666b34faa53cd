// What turns a word into tokens of the vocabulary: WordPiece, BPE.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "native/text/models/word_cache.h"
#include "native/text/normalizer.h"

namespace gridstride::text {

using Vocabulary = std::vector<std::pair<std::u16string, uint32_t>>;

// A symbol of a word that pairs are merged in; the symbols of a word are a list that merges shorten.
struct Symbol {
  uint32_t id;
  uint32_t first, last;  // characters of the word
  uint32_t rank;         // of the merge with the next symbol
  uint32_t merged;       // what that merge makes
  uint32_t previous, next;
};

// Memory that a model uses again from word to word; of one thread and one model.
struct ModelMemory {
  WordCache cache;
  std::string bytes;
  std::vector<Symbol> symbols;
  std::vector<uint64_t> queue;
};

class Model {
 public:
  virtual ~Model() = default;

  // Replaces `out` with the tokens of one word.
  virtual void encode(std::span<const Char> word, ModelMemory& memory, std::vector<Piece>& out) const = 0;
};

// The code points of UTF-16 text; lone surrogates stay.
std::vector<uint32_t> code_points(std::u16string_view text);

// Throws: a token of the vocabulary has two ids.
[[noreturn]] void refuse_two_ids(uint32_t first, uint32_t second);

}  // namespace gridstride::text
