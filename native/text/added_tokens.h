// Tokens found in the text itself before (or after) it is normalised: [MASK], <extra_0>, words a user added.
// Leftmost-longest, as Hugging Face's AddedVocabulary: a match that breaks the single-word rule is skipped whole.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "native/text/normalizers/normalizer.h"
#include "native/text/trie.h"

namespace gridstride::text {

struct AddedToken {
  std::u16string content;
  uint32_t id = 0;
  bool single_word = false;  // not inside a word
  bool lstrip = false;       // takes the white space before it
  bool rstrip = false;       // takes the white space after it
  bool normalized = false;   // looked for in the normalised text
};

struct AddedMatch {
  uint32_t id;
  size_t first, last;  // with the white space that lstrip and rstrip take
};

// Reads the original text, in UTF-16 units.
class RawText {
 public:
  explicit RawText(std::u16string_view text) : text_(text) {}
  size_t size() const { return text_.size(); }
  uint32_t key(size_t at) const { return text_[at]; }
  uint32_t code_from(size_t at) const { return next_code_point(text_, at); }
  uint32_t code_before(size_t at) const { return previous_code_point(text_, at); }

 private:
  std::u16string_view text_;
};

// Reads normalised text, in code points.
class NormalText {
 public:
  explicit NormalText(std::span<const Char> text) : text_(text) {}
  size_t size() const { return text_.size(); }
  uint32_t key(size_t at) const { return text_[at].code; }
  uint32_t code_from(size_t at) const { return text_[at].code; }
  uint32_t code_before(size_t at) const { return text_[at - 1].code; }

 private:
  std::span<const Char> text_;
};

class AddedTokens {
 public:
  AddedTokens() : root_(trie_.add_root()) {}

  // `keys` is the token as the text it is looked for in shows it; empty ones are never found.
  void add(const AddedToken& token, std::span<const uint32_t> keys);

  bool empty() const { return tokens_.empty(); }

  // May a token begin with this key? A quick no for almost every character.
  bool may_begin(uint32_t key) const { return key < begins_.size() ? begins_[key] : begins_beyond_; }

  // The first match that begins in [at, until); `at` moves past everything looked at, so that the next call
  // may go on there. White space is taken from `floor` (the end of the match before) on.
  template <typename Text>
  std::optional<AddedMatch> find(const Text& text, size_t& at, size_t until, size_t floor) const;

 private:
  template <typename Text>
  size_t longest(const Text& text, size_t at, uint32_t& index) const;

  Trie trie_;
  uint32_t root_;
  std::array<bool, 128> begins_{};
  bool begins_beyond_ = false;
  std::vector<AddedToken> tokens_;
};

extern template std::optional<AddedMatch> AddedTokens::find(const RawText&, size_t&, size_t, size_t) const;
extern template std::optional<AddedMatch> AddedTokens::find(const NormalText&, size_t&, size_t, size_t) const;

}  // namespace gridstride::text
