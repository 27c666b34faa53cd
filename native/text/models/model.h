// What turns a word into tokens of the vocabulary: WordPiece, BPE, Unigram, WordLevel.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "native/text/models/word_cache.h"
#include "native/text/normalizer.h"
#include "native/text/trie.h"

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

// Where the best way to cut a word's first characters comes from.
struct PathNode {
  double score;
  uint32_t from;   // where its last piece begins
  uint32_t entry;  // that piece
};

// Memory that a model uses again from word to word; of one thread and one model.
struct ModelMemory {
  WordCache cache;
  std::string bytes;
  std::vector<Symbol> symbols;
  std::vector<uint64_t> queue;
  std::vector<PathNode> path;
};

class Model {
 public:
  virtual ~Model() = default;

  // Replaces `out` with the tokens of one word.
  virtual void encode(std::span<const Char> word, ModelMemory& memory, std::vector<Piece>& out) const = 0;

  // Whether words may be encoded in parts that begin with this character (SplitOptions::seam).
  virtual bool has_seam(uint32_t /*code*/) const { return false; }
};

// The code points of UTF-16 text; lone surrogates stay.
std::vector<uint32_t> code_points(std::u16string_view text);

// The value of a word that stands in the trie as a whole; Trie::kNone where it does not.
uint32_t find_whole(const Trie& trie, uint32_t root, std::span<const Char> word);

// Throws: a word is unknown, and there is no token for that.
[[noreturn]] uint32_t refuse_unknown();

// Throws: a token of the vocabulary has two ids.
[[noreturn]] void refuse_two_ids(uint32_t first, uint32_t second);

}  // namespace gridstride::text
