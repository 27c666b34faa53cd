// Learns a vocabulary for WordPiece or BPE from word counts by merging the most frequent pair of neighbours again and
// again, as Hugging Face's trainers do. Ties go to the pair made first, so that equal counts give an equal vocabulary.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "native/text/models/merge_table.h"
#include "native/text/models/word_counts.h"

namespace gridstride::text {

struct TrainerOptions {
  uint32_t vocab_size = 30000;
  uint64_t min_frequency = 0;                  // a pair met less often is not merged
  uint32_t limit_alphabet = 0;                 // keep only so many characters, the most frequent; 0 keeps all
  uint32_t max_token_length = 0;               // in code points, without the prefix; 0 is no limit
  std::u32string prefix = U"##";               // of pieces that do not begin a word; BPE has none
  std::u32string initial_alphabet;             // characters kept whether met or not
  std::vector<std::u32string> special_tokens;  // take the first ids, in this order
};

struct TrainedVocabulary {
  // By id: special tokens, characters in code point order, the same with prefix, then merges in order.
  std::vector<std::u32string> tokens;
  std::vector<Merge> merges;
};

TrainedVocabulary train_merges(const WordCounts& counts, const TrainerOptions& options, Cancelled cancelled = nullptr);

}  // namespace gridstride::text
