#include "native/text/models/wordlevel.h"

namespace gridstride::text {

WordLevel::WordLevel(WordLevelOptions options, const Vocabulary& vocabulary)
    : options_(options), root_(trie_.add_root()) {
  for (const auto& [token, id] : vocabulary) {
    const std::vector<uint32_t> keys = code_points(token);
    if (keys.empty()) continue;  // no word is empty
    const uint32_t old = trie_.insert(root_, keys, id);
    if (old != Trie::kNone && old != id) refuse_two_ids(old, id);
  }
}

void WordLevel::encode(std::span<const Char> word, ModelMemory&, std::vector<Piece>& out) const {
  uint32_t id = find_whole(trie_, root_, word);
  if (id == Trie::kNone) id = options_.unk_id ? *options_.unk_id : refuse_unknown();
  out.assign(1, {id, 0, static_cast<uint32_t>(word.size())});
}

}  // namespace gridstride::text
