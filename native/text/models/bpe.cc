#include "native/text/models/bpe.h"

#include <algorithm>
#include <functional>

#include "native/text/byte_alphabet.h"
#include "native/text/models/byte_tokens.h"
#include "native/text/utf8.h"

namespace gridstride::text {
namespace {

constexpr uint32_t kNone = UINT32_MAX;
constexpr uint32_t kSpaceMark = 0x2581;
// Up to here, looking at all pairs for the best one is faster than a queue.
constexpr size_t kShort = 40;

// The byte of a token of one character in GPT-2's alphabet.
std::optional<uint8_t> byte_of_character(std::u16string_view token) {
  const auto& characters = byte_characters();
  if (token.size() != 1) return std::nullopt;
  const auto found = std::find(characters.begin(), characters.end(), token[0]);
  if (found == characters.end()) return std::nullopt;
  return static_cast<uint8_t>(found - characters.begin());
}

// A token as the bytes of the words it can stand for; empty where it holds what GPT-2's alphabet lacks.
std::string bytes_of(std::span<const uint32_t> codes, bool byte_level) {
  const auto& characters = byte_characters();
  std::string bytes;
  for (const uint32_t code : codes) {
    if (!byte_level) {
      append_utf8(code, bytes);
      continue;
    }
    const auto found = std::find(characters.begin(), characters.end(), code);
    if (found == characters.end()) return {};
    bytes.push_back(static_cast<char>(found - characters.begin()));
  }
  return bytes;
}

}  // namespace

Bpe::Bpe(const BpeOptions& options, const Vocabulary& vocabulary)
    : options_(options), merges_(options.merges), character_root_(characters_.add_root()) {
  byte_ids_.fill(kNone);
  for (const auto& [token, id] : vocabulary) {
    const std::vector<uint32_t> codes = code_points(token);
    if (!options.byte_level) {
      has_fallback_ |= options.byte_fallback && add_byte_token(token, id, byte_ids_);
    } else if (const auto byte = byte_of_character(token)) {
      if (byte_ids_[*byte] != kNone && byte_ids_[*byte] != id) refuse_two_ids(byte_ids_[*byte], id);
      byte_ids_[*byte] = id;
    }
    if (!options.byte_level && codes.size() == 1) {
      const uint32_t old = characters_.insert(character_root_, codes, id);
      if (old != Trie::kNone && old != id) refuse_two_ids(old, id);
    }
    if (!options.ignore_merges) continue;
    if (std::string bytes = bytes_of(codes, options.byte_level); !bytes.empty()) words_.emplace(std::move(bytes), id);
  }
  find_seam(vocabulary);
  options_.merges = {};  // they stand in the table
}

// Between another character and U+2581 nothing is merged where no merge is of a token that ends with the one and a token
// that begins with the other: words of SentencePiece's kind.
void Bpe::find_seam(const Vocabulary& vocabulary) {
  const Trie::Edge& edge = characters_.step(character_root_, kSpaceMark);
  if (edge.child == Trie::kNone || edge.value == Trie::kNone || options_.ignore_merges) return;
  std::vector<bool> begins, ends;  // by id
  for (const auto& [token, id] : vocabulary) {
    if (id >= begins.size()) {
      begins.resize(id + size_t{1});
      ends.resize(id + size_t{1});
    }
    begins[id] = token.starts_with(char16_t{kSpaceMark});
    ends[id] = !token.ends_with(char16_t{kSpaceMark});
  }
  const auto is_set = [](const std::vector<bool>& set, uint32_t id) { return id < set.size() && set[id]; };
  has_seam_ = std::none_of(options_.merges.begin(), options_.merges.end(), [&](const Merge& merge) {
    return is_set(ends, merge.left) && is_set(begins, merge.right);
  });
}

// Also writes the word's bytes to memory where they are needed.
WordCache::Key Bpe::key_of(std::span<const Char> word, ModelMemory& memory) const {
  const bool needs_bytes = options_.byte_level || options_.ignore_merges;
  if (!needs_bytes) return WordCache::pack_marked(word);
  memory.bytes.clear();
  for (const Char& c : word) append_utf8(c.code, memory.bytes);
  return WordCache::pack(memory.bytes.size(), [&](size_t i) { return static_cast<uint8_t>(memory.bytes[i]); });
}

void Bpe::encode(std::span<const Char> word, ModelMemory& memory, std::vector<Piece>& out) const {
  out.clear();
  const WordCache::Key key = key_of(word, memory);
  if (key.is_empty()) return search(word, memory, out);
  if (memory.cache.find(key, out)) return;
  search(word, memory, out);
  memory.cache.put(key, out);
}

void Bpe::search(std::span<const Char> word, ModelMemory& memory, std::vector<Piece>& out) const {
  if (options_.ignore_merges) {
    const auto found = words_.find(memory.bytes);
    if (found != words_.end()) return out.assign(1, {found->second, 0, static_cast<uint32_t>(word.size())});
  }
  Symbols& symbols = memory.symbols;
  symbols.clear();
  if (options_.byte_level) {
    add_bytes(word, memory);
  } else {
    add_characters(word, memory);
  }
  for (size_t i = 0; i + 1 < symbols.size(); ++i) rank(symbols[i], symbols[i + 1]);
  if (symbols.size() <= kShort) {
    merge_short(symbols);
    for (const Symbol& symbol : symbols) out.push_back({symbol.id, symbol.first, symbol.last});
    return;
  }
  merge_long(symbols, memory.queue);
  for (uint32_t at = 0; at != kNone; at = symbols[at].next) {
    out.push_back({symbols[at].id, symbols[at].first, symbols[at].last});
  }
}

void Bpe::add_symbol(uint32_t id, uint32_t at, Symbols& symbols) const {
  symbols.push_back({id, at, at + 1, kNone, 0, 0, 0});
}

void Bpe::add_unknown(uint32_t at, Symbols& symbols) const {
  if (!options_.unk_id) return;
  const bool fuses = options_.fuse_unk && !symbols.empty() && symbols.back().id == *options_.unk_id;
  if (fuses) {
    symbols.back().last = at + 1;
  } else {
    add_symbol(*options_.unk_id, at, symbols);
  }
}

void Bpe::add_bytes(std::span<const Char> word, ModelMemory& memory) const {
  size_t byte = 0;
  for (uint32_t at = 0; at < word.size(); ++at) {
    // The bytes of a character: the one that begins it, and those that go on.
    do {
      const uint32_t id = byte_ids_[static_cast<uint8_t>(memory.bytes[byte])];
      if (id != kNone) {
        add_symbol(id, at, memory.symbols);
      } else {
        add_unknown(at, memory.symbols);
      }
    } while (++byte < memory.bytes.size() && (static_cast<uint8_t>(memory.bytes[byte]) & 0xC0u) == 0x80);
  }
}

void Bpe::add_characters(std::span<const Char> word, ModelMemory& memory) const {
  for (uint32_t at = 0; at < word.size(); ++at) {
    const Trie::Edge& edge = characters_.step(character_root_, word[at].code);
    if (edge.child != Trie::kNone && edge.value != Trie::kNone) {
      add_symbol(edge.value, at, memory.symbols);
    } else if (!has_fallback_ || !add_fallback(word[at].code, at, memory)) {
      add_unknown(at, memory.symbols);
    }
  }
}

// The bytes of a character, if each has a token.
bool Bpe::add_fallback(uint32_t code, uint32_t at, ModelMemory& memory) const {
  memory.bytes.clear();
  append_utf8(code, memory.bytes);
  for (const char byte : memory.bytes) {
    if (byte_ids_[static_cast<uint8_t>(byte)] == kNone) return false;
  }
  for (const char byte : memory.bytes) add_symbol(byte_ids_[static_cast<uint8_t>(byte)], at, memory.symbols);
  return true;
}

void Bpe::rank(Symbol& left, const Symbol& right) const {
  const MergeTable::Entry& merge = merges_.find(left.id, right.id);
  left.rank = merge.rank;
  left.merged = merge.merged;
}

void Bpe::merge_short(Symbols& symbols) const {
  for (;;) {
    size_t best = 0;
    for (size_t i = 1; i < symbols.size(); ++i) {
      if (symbols[i].rank < symbols[best].rank) best = i;
    }
    if (symbols.empty() || symbols[best].rank == kNone) return;
    symbols[best].id = symbols[best].merged;
    symbols[best].last = symbols[best + 1].last;
    symbols[best].rank = kNone;
    symbols.erase(symbols.begin() + static_cast<std::ptrdiff_t>(best) + 1);
    if (best + 1 < symbols.size()) rank(symbols[best], symbols[best + 1]);
    if (best > 0) rank(symbols[best - 1], symbols[best]);
  }
}

// The same with a queue of rank << 32 | place, so that a word of a megabyte takes no longer than many short ones. What
// a merge has made stale is left in the queue: the rank there is no longer the symbol's.
void Bpe::merge_long(Symbols& symbols, std::vector<uint64_t>& queue) const {
  const auto size = static_cast<uint32_t>(symbols.size());
  queue.clear();
  for (uint32_t at = 0; at < size; ++at) {
    symbols[at].previous = at == 0 ? kNone : at - 1;
    symbols[at].next = at + 1 == size ? kNone : at + 1;
    if (symbols[at].rank != kNone) queue.push_back((uint64_t{symbols[at].rank} << 32) | at);
  }
  std::make_heap(queue.begin(), queue.end(), std::greater<>());
  const auto rank_again = [&](uint32_t at) {
    if (symbols[at].next == kNone) {
      symbols[at].rank = kNone;
      return;
    }
    rank(symbols[at], symbols[symbols[at].next]);
    if (symbols[at].rank == kNone) return;
    queue.push_back((uint64_t{symbols[at].rank} << 32) | at);
    std::push_heap(queue.begin(), queue.end(), std::greater<>());
  };
  while (!queue.empty()) {
    const auto at = static_cast<uint32_t>(queue.front());
    const auto wanted = static_cast<uint32_t>(queue.front() >> 32);
    std::pop_heap(queue.begin(), queue.end(), std::greater<>());
    queue.pop_back();
    Symbol& left = symbols[at];
    if (left.rank != wanted) continue;
    Symbol& right = symbols[left.next];
    left.id = left.merged;
    left.last = right.last;
    left.next = right.next;
    right.rank = kNone;
    if (left.next != kNone) symbols[left.next].previous = at;
    rank_again(at);
    if (left.previous != kNone) rank_again(left.previous);
  }
}

}  // namespace gridstride::text
