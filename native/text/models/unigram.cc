#include "native/text/models/unigram.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "native/text/models/byte_tokens.h"
#include "native/text/utf8.h"

namespace gridstride::text {
namespace {

// In place of an entry: a character that no piece stands for.
constexpr uint32_t kUnknown = UINT32_MAX;
constexpr uint32_t kNowhere = UINT32_MAX;

}  // namespace

Unigram::Unigram(const UnigramOptions& options, const Vocabulary& vocabulary)
    : root_(trie_.add_root()),
      unk_id_(options.unk_id),
      unk_score_(options.unk_score),
      is_single_(options.is_single) {
  byte_ids_.fill(kNoToken);
  for (size_t i = 0; i < vocabulary.size(); ++i) {
    const auto& [token, id] = vocabulary[i];
    if (options.byte_fallback) has_fallback_ |= add_byte_token(token, id, byte_ids_);
    entries_.push_back({options.scores[i], id, false});
    const std::vector<uint32_t> keys = code_points(token);
    if (keys.empty()) continue;
    const uint32_t old = trie_.insert(root_, keys, static_cast<uint32_t>(i));
    if (old != Trie::kNone) refuse_two_ids(entries_[old].id, id);
  }
  for (const uint32_t symbol : options.symbols) entries_[symbol].is_symbol = true;
}

void Unigram::encode(std::span<const Char> word, ModelMemory& memory, std::vector<Piece>& out) const {
  out.clear();
  const WordCache::Key key = WordCache::pack_marked(word);
  if (key.is_empty()) return search(word, memory, out);
  if (memory.cache.find(key, out)) return;
  search(word, memory, out);
  memory.cache.put(key, out);
}

void Unigram::search(std::span<const Char> word, ModelMemory& memory, std::vector<Piece>& out) const {
  std::vector<PathNode>& path = memory.path;
  path.assign(word.size() + 1, {0, kNowhere, kUnknown});
  find_best(word, path);
  const auto size = static_cast<uint32_t>(word.size());
  const auto is_unknown = [&](const PathNode& node) {
    return node.entry == kUnknown || (unk_id_ && entries_[node.entry].id == *unk_id_ && !is_single_);
  };
  // From the end to the begin; unknown characters side by side are one piece.
  for (uint32_t last = size; last > 0;) {
    const PathNode& node = path[last];
    uint32_t first = node.from;
    if (!is_unknown(node)) {
      out.push_back({entries_[node.entry].id, first, last});
    } else {
      while (first > 0 && is_unknown(path[first])) first = path[first].from;
      add_unknown(word, first, last, out);
    }
    last = first;
  }
  std::reverse(out.begin(), out.end());
}

void Unigram::find_best(std::span<const Char> word, std::vector<PathNode>& path) const {
  const auto size = static_cast<uint32_t>(word.size());
  for (uint32_t at = 0; at < size; ++at) {
    const double till_here = path[at].score;
    bool has_single = false;
    uint32_t node = root_;
    for (uint32_t next = at; next < size;) {
      const Trie::Edge& edge = trie_.step(node, word[next].code);
      if (edge.child == Trie::kNone) break;
      ++next;
      node = edge.child;
      if (edge.value == Trie::kNone) continue;
      const Entry& entry = entries_[edge.value];
      if (std::isnan(entry.score)) continue;
      offer(path[next], entry.score + till_here, at, edge.value);
      has_single |= next == at + 1;
    }
    if (!has_single) offer(path[at + 1], unk_score_ + till_here, at, kUnknown);
  }
}

// SentencePiece adds up floats, but a user symbol's score is a double until it is stored.
void Unigram::offer(PathNode& target, double candidate, uint32_t from, uint32_t entry) const {
  const double rounded = is_single_ ? double(static_cast<float>(candidate)) : candidate;
  const bool is_symbol = entry != kUnknown && entries_[entry].is_symbol;
  if (target.from != kNowhere && (is_symbol ? candidate : rounded) <= target.score) return;
  target = {rounded, from, entry};
}

// What is unknown may be a token as a whole; else it is bytes or the unknown token. Backwards, as all of `out` here.
void Unigram::add_unknown(std::span<const Char> word, uint32_t first, uint32_t last, std::vector<Piece>& out) const {
  const std::span<const Char> text = word.subspan(first, last - first);
  if (const uint32_t whole = find_whole(trie_, root_, text); whole != Trie::kNone) {
    return out.push_back({entries_[whole].id, first, last});
  }
  std::string bytes;
  if (has_fallback_) {
    for (const Char& c : text) append_utf8(c.code, bytes);
    const auto has_token = [&](char byte) { return byte_ids_[static_cast<uint8_t>(byte)] != kNoToken; };
    if (!std::all_of(bytes.begin(), bytes.end(), has_token)) bytes.clear();
  }
  for (size_t i = bytes.size(); i > 0; --i) out.push_back({byte_ids_[static_cast<uint8_t>(bytes[i - 1])], first, last});
  if (bytes.empty()) out.push_back({unk_id_ ? *unk_id_ : refuse_unknown(), first, last});
}

}  // namespace gridstride::text
