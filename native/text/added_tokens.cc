#include "native/text/added_tokens.h"

namespace gridstride::text {
namespace {

template <typename Text>
bool is_inside_word(const Text& text, size_t first, size_t last) {
  const bool before = first > 0 && (flags_of(text.code_before(first)) & kWord) != 0;
  const bool after = last < text.size() && (flags_of(text.code_from(last)) & kWord) != 0;
  return before || after;
}

// White space lies below U+10000: one key is one code point.
template <typename Text>
bool is_space(const Text& text, size_t at) {
  return (flags_of(text.key(at)) & kSpace) != 0;
}

}  // namespace

void AddedTokens::add(const AddedToken& token, std::span<const uint32_t> keys) {
  if (keys.empty()) return;
  if (trie_.insert(root_, keys, static_cast<uint32_t>(tokens_.size())) != Trie::kNone) return;
  tokens_.push_back(token);
  if (keys[0] < begins_.size()) {
    begins_[keys[0]] = true;
  } else {
    begins_beyond_ = true;
  }
}

template <typename Text>
size_t AddedTokens::longest(const Text& text, size_t at, uint32_t& index) const {
  size_t last = at;
  uint32_t node = root_;
  for (size_t i = at; i < text.size(); ++i) {
    const Trie::Edge& edge = trie_.step(node, text.key(i));
    if (edge.child == Trie::kNone) break;
    node = edge.child;
    if (edge.value == Trie::kNone) continue;
    index = edge.value;
    last = i + 1;
  }
  return last;
}

template <typename Text>
std::optional<AddedMatch> AddedTokens::find(const Text& text, size_t& at, size_t until, size_t floor) const {
  while (at < until) {
    if (!may_begin(text.key(at))) {
      ++at;
      continue;
    }
    uint32_t index = 0;
    size_t first = at, last = longest(text, at, index);
    if (last == first) {
      ++at;
      continue;
    }
    at = last;
    const AddedToken& token = tokens_[index];
    if (token.single_word && is_inside_word(text, first, last)) continue;
    while (token.lstrip && first > floor && is_space(text, first - 1)) --first;
    while (token.rstrip && last < text.size() && is_space(text, last)) ++last;
    at = last;
    return AddedMatch{token.id, first, last};
  }
  return std::nullopt;
}

template std::optional<AddedMatch> AddedTokens::find(const RawText&, size_t&, size_t, size_t) const;
template std::optional<AddedMatch> AddedTokens::find(const NormalText&, size_t&, size_t, size_t) const;

}  // namespace gridstride::text
