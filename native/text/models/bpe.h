// Byte-pair encoding (Sennrich et al. 2016, arXiv:1508.07909): a word's bytes or characters, neighbours merged by rank.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "native/text/models/merge_table.h"
#include "native/text/models/model.h"
#include "native/text/trie.h"

namespace gridstride::text {

struct BpeOptions {
  bool byte_level = false;         // symbols are bytes, written in GPT-2's alphabet; else characters
  bool byte_fallback = false;      // a character without a token becomes its bytes, <0x00> to <0xFF>
  bool ignore_merges = false;      // a word that is a token stays whole
  bool fuse_unk = false;           // unknown characters side by side are one token
  std::optional<uint32_t> unk_id;  // without it, what has no token is left out
  std::vector<Merge> merges;       // by rank
};

class Bpe : public Model {
 public:
  // Throws a tokenizer error when a token is there twice under two ids.
  Bpe(const BpeOptions& options, const Vocabulary& vocabulary);

  void encode(std::span<const Char> word, ModelMemory& memory, std::vector<Piece>& out) const override;
  bool has_seam(uint32_t code) const override { return has_seam_ && code == 0x2581; }

 private:
  using Symbols = std::vector<Symbol>;

  void find_seam(const Vocabulary& vocabulary);
  WordCache::Key key_of(std::span<const Char> word, ModelMemory& memory) const;
  void search(std::span<const Char> word, ModelMemory& memory, std::vector<Piece>& out) const;
  void add_bytes(std::span<const Char> word, ModelMemory& memory) const;
  void add_characters(std::span<const Char> word, ModelMemory& memory) const;
  bool add_fallback(uint32_t code, uint32_t at, ModelMemory& memory) const;
  void add_symbol(uint32_t id, uint32_t at, Symbols& symbols) const;
  void add_unknown(uint32_t at, Symbols& symbols) const;
  void rank(Symbol& left, const Symbol& right) const;
  void merge_short(Symbols& symbols) const;
  void merge_long(Symbols& symbols, std::vector<uint64_t>& queue) const;

  BpeOptions options_;
  MergeTable merges_;
  std::array<uint32_t, 256> byte_ids_;  // of bytes (byte level) or of <0x..> (fallback); kNone where there is none
  bool has_fallback_ = false;
  bool has_seam_ = false;
  Trie characters_;  // tokens of one character
  uint32_t character_root_;
  std::unordered_map<std::string, uint32_t> words_;  // all tokens as UTF-8 or bytes; only for ignore_merges
};

}  // namespace gridstride::text
