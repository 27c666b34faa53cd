#include "native/text/sequence_encoder.h"

#include "native/core/error.h"

namespace gridstride::text {
namespace {

constexpr uint32_t kWordsPerCheck = 4096;

}  // namespace

void throw_if_cancelled(Cancelled cancelled) {
  if (cancelled != nullptr && cancelled->load(std::memory_order_relaxed)) {
    throw Error(ErrorCode::kAborted, "tokenizer: the call was aborted");
  }
}

bool SequenceEncoder::next_word() {
  Word word;
  if (!scanner_.next(word)) return false;
  if (looked_at_++ % kWordsPerCheck == 0) throw_if_cancelled(tools_.cancelled);
  if (!word.continues) ++words_;
  const uint32_t index = words_ - 1;
  if (word.added) {
    tokens_.push_back({*word.added, word.start, word.end, index, 1});
  } else {
    std::vector<Piece>& pieces = tools_.workspace.pieces;
    tools_.model.encode(word.chars, tools_.workspace.model, pieces);
    for (const Piece& piece : pieces) {
      tokens_.push_back({piece.id, word.chars[piece.first].start, word.chars[piece.last - 1].end, index, 0});
    }
  }
  return true;
}

void SequenceEncoder::run(size_t limit) {
  while (tokens_.size() < limit && next_word()) {
  }
}

void SequenceEncoder::run_through_added(size_t limit) {
  while ((tokens_.size() < limit || tokens_.back().added) && next_word()) {
  }
}

}  // namespace gridstride::text
