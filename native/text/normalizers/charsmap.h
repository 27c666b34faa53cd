// SentencePiece's precompiled character map: byte sequences and what becomes of them. Four bytes with the size of the
// first part, a double array (Darts-clone, github.com/s-yata/darts-clone) of the sequences, and the results as strings
// that end with a zero byte. Nothing in it is trusted: a place outside of the array ends a search.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace gridstride::text {

class Charsmap {
 public:
  // What the first bytes of a text become.
  struct Match {
    size_t size;            // how many bytes
    std::string_view text;  // what they become, UTF-8
  };

  // An empty map changes nothing. Throws a tokenizer error for one that is cut off or holds a result of more than 1,024
  // bytes.
  explicit Charsmap(std::string_view bytes);

  // Matches at the begin of a text that ends before a zero byte.
  std::optional<Match> shortest(std::string_view text) const { return search(text, false); }
  std::optional<Match> longest(std::string_view text) const { return search(text, true); }

  // Whether a match may begin with this byte.
  bool may_begin(uint8_t byte) const { return begins_[byte]; }

 private:
  std::optional<Match> search(std::string_view text, bool is_greedy) const;
  std::string_view result_at(uint32_t place) const;

  std::vector<uint32_t> units_;
  std::vector<char> results_;
  std::array<bool, 256> begins_{};
};

}  // namespace gridstride::text
