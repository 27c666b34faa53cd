// How often each word of a body of text is met, after normalisation.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "native/text/sequence_encoder.h"
#include "native/text/word_scanner.h"

namespace gridstride::text {

using WordCounts = std::unordered_map<std::u32string, uint64_t>;

// What a word is made of.
enum class Letters : uint8_t {
  kCharacters,
  kBytes,  // in GPT-2's alphabet
};

// Adds the words of one text. Throws when cancelled.
void count_words(const WordRules& rules, Letters letters, std::u16string_view text, WordCounts& counts,
                 Cancelled cancelled = nullptr);

}  // namespace gridstride::text
