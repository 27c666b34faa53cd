#include "native/text/word_counts.h"

#include "native/text/byte_alphabet.h"
#include "native/text/utf8.h"

namespace gridstride::text {

void count_words(const WordRules& rules, Letters letters, std::u16string_view text, WordCounts& counts,
                 Cancelled cancelled) {
  constexpr uint32_t kWordsPerCheck = 4096;
  const auto& characters = byte_characters();
  std::vector<Char> block;
  WordScanner scanner(rules, text, block);
  Word word;
  std::u32string key;
  std::string bytes;
  for (uint32_t seen = 0; scanner.next(word); ++seen) {
    if (seen % kWordsPerCheck == 0) throw_if_cancelled(cancelled);
    key.clear();
    bytes.clear();
    for (const Char& c : word.chars) {
      if (letters == Letters::kBytes) {
        append_utf8(c.code, bytes);
      } else {
        key.push_back(c.code);
      }
    }
    for (const char byte : bytes) key.push_back(characters[static_cast<uint8_t>(byte)]);
    ++counts[key];
  }
}

}  // namespace gridstride::text
