#include "native/text/models/wordpiece.h"

#include <algorithm>
#include <utility>

namespace gridstride::text {

WordPiece::WordPiece(WordPieceOptions options, const Vocabulary& vocabulary) : options_(std::move(options)) {
  prefix_ = code_points(options_.prefix);
  initial_ = trie_.add_root();
  continuing_ = trie_.add_root();
  for (const auto& [token, id] : vocabulary) add(token, id);
}

void WordPiece::add(std::u16string_view token, uint32_t id) {
  const std::vector<uint32_t> keys = code_points(token);
  if (keys.empty()) return;  // no word is empty
  const uint32_t old = trie_.insert(initial_, keys, id);
  if (old != Trie::kNone && old != id) refuse_two_ids(old, id);
  if (old != Trie::kNone) return;
  const bool continues = keys.size() > prefix_.size() && std::equal(prefix_.begin(), prefix_.end(), keys.begin());
  if (continues) trie_.insert(continuing_, std::span(keys).subspan(prefix_.size()), id);
}

void WordPiece::encode(std::span<const Char> word, ModelMemory& memory, std::vector<Piece>& out) const {
  out.clear();
  const WordCache::Key key = WordCache::pack(word.size(), [&](size_t i) { return word[i].code; });
  if (key.is_empty()) return search(word, out);
  if (memory.cache.find(key, out)) return;
  search(word, out);
  memory.cache.put(key, out);
}

void WordPiece::search(std::span<const Char> word, std::vector<Piece>& out) const {
  const auto size = static_cast<uint32_t>(word.size());
  uint32_t first = size > options_.max_chars_per_word ? size + 1 : 0;
  while (first < size) {
    uint32_t node = first == 0 ? initial_ : continuing_;
    Piece longest{0, first, first};
    for (uint32_t at = first; at < size; ++at) {
      const Trie::Edge& edge = trie_.step(node, word[at].code);
      if (edge.child == Trie::kNone) break;
      if (edge.value != Trie::kNone) longest = {edge.value, first, at + 1};
      node = edge.child;
    }
    if (longest.last == first) break;
    out.push_back(longest);
    first = longest.last;
  }
  if (first != size) out.assign(1, {options_.unk_id, 0, size});
}

}  // namespace gridstride::text
