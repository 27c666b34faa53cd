// WordLevel: a word is a token of the vocabulary or unknown.
#pragma once

#include <cstdint>
#include <optional>

#include "native/text/models/model.h"
#include "native/text/trie.h"

namespace gridstride::text {

struct WordLevelOptions {
  std::optional<uint32_t> unk_id;  // without it, an unknown word is an error
};

class WordLevel : public Model {
 public:
  // Throws a tokenizer error when a token is there twice under two ids.
  WordLevel(WordLevelOptions options, const Vocabulary& vocabulary);

  void encode(std::span<const Char> word, ModelMemory& memory, std::vector<Piece>& out) const override;

 private:
  WordLevelOptions options_;
  Trie trie_;
  uint32_t root_;
};

}  // namespace gridstride::text
