#include "native/text/word_counts.h"

namespace gridstride::text {

void count_words(const WordRules& rules, std::u16string_view text, WordCounts& counts, Cancelled cancelled) {
  constexpr uint32_t kWordsPerCheck = 4096;
  std::vector<Char> block;
  WordScanner scanner(rules, text, block);
  Word word;
  std::u32string key;
  for (uint32_t seen = 0; scanner.next(word); ++seen) {
    if (seen % kWordsPerCheck == 0) throw_if_cancelled(cancelled);
    key.clear();
    for (const Char& c : word.chars) key.push_back(c.code);
    ++counts[key];
  }
}

}  // namespace gridstride::text
