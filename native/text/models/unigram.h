// Unigram (Kudo 2018, arXiv:1804.10959): of all ways to cut a word into pieces, the one whose scores add up to most.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "native/text/models/model.h"
#include "native/text/trie.h"

namespace gridstride::text {

struct UnigramOptions {
  // A score for each entry of the vocabulary; NaN for one that is no piece: only what is unknown may turn out to be it.
  std::vector<double> scores;
  std::vector<uint32_t> symbols;   // places in the vocabulary of SentencePiece's user symbols, which always win
  std::optional<uint32_t> unk_id;  // without it, an unknown character is an error
  double unk_score = 0;            // of an unknown character
  bool byte_fallback = false;      // what is unknown becomes its bytes, <0x00> to <0xFF>
  bool is_single = false;          // scores add up in single precision, as in SentencePiece
};

class Unigram : public Model {
 public:
  // Throws a tokenizer error when a token is there twice under two ids.
  Unigram(const UnigramOptions& options, const Vocabulary& vocabulary);

  void encode(std::span<const Char> word, ModelMemory& memory, std::vector<Piece>& out) const override;

 private:
  struct Entry {
    double score;
    uint32_t id;
    bool is_symbol;
  };

  void search(std::span<const Char> word, ModelMemory& memory, std::vector<Piece>& out) const;
  void find_best(std::span<const Char> word, std::vector<PathNode>& path) const;
  void offer(PathNode& target, double candidate, uint32_t from, uint32_t entry) const;
  void add_unknown(std::span<const Char> word, uint32_t first, uint32_t last, std::vector<Piece>& out) const;

  std::vector<Entry> entries_;
  Trie trie_;  // to places in entries_
  uint32_t root_;
  std::optional<uint32_t> unk_id_;
  double unk_score_;
  bool is_single_;
  bool has_fallback_ = false;
  std::array<uint32_t, 256> byte_ids_;
};

}  // namespace gridstride::text
