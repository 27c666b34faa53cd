// The tokens of one sequence, and the encoder that fills it word by word.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>
#include <vector>

#include "native/text/models/model.h"
#include "native/text/word_scanner.h"

namespace gridstride::text {

struct Token {
  uint32_t id;
  uint32_t start, end;  // UTF-16 units of the text
  uint32_t word : 31;   // which word of the sequence it belongs to
  uint32_t added : 1;   // whether that word is an added token
};

// True once the caller has given up; checked every few thousand tokens.
using Cancelled = const std::atomic<bool>*;

// Throws the error of an aborted call.
void throw_if_cancelled(Cancelled cancelled);

// Memory that encoding uses again from text to text; of one thread and one tokenizer.
struct Workspace {
  struct Sequence {
    std::vector<Char> block;
    std::vector<Token> tokens;
  };
  ModelMemory model;
  std::vector<Piece> pieces;
  Sequence first, second;
};

// What a sequence is encoded with.
struct EncodeTools {
  const WordRules& rules;
  const Model& model;
  Workspace& workspace;
  Cancelled cancelled;
};

class SequenceEncoder {
 public:
  SequenceEncoder(const EncodeTools& tools, std::u16string_view text, Workspace::Sequence& memory)
      : scanner_(tools.rules, text, memory.block), tools_(tools), tokens_(memory.tokens) {
    tokens_.clear();
  }

  // Goes on until `limit` tokens stand in tokens() (a word more or less) or the text ends.
  void run(size_t limit);

  // The same, but added tokens at the end of tokens() are no reason to stop.
  void run_through_added(size_t limit);

  std::vector<Token>& tokens() { return tokens_; }
  const std::vector<Token>& tokens() const { return tokens_; }

 private:
  bool next_word();

  WordScanner scanner_;
  const EncodeTools& tools_;
  std::vector<Token>& tokens_;
  uint32_t words_ = 0;
  uint32_t looked_at_ = 0;
};

}  // namespace gridstride::text
