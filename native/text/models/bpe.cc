#include "native/text/models/bpe.h"

#include <algorithm>
#include <functional>

#include "native/text/byte_alphabet.h"

namespace gridstride::text {
namespace {

constexpr uint32_t kNone = UINT32_MAX;
// Up to here, looking at all pairs for the best one is faster than a queue.
constexpr size_t kShort = 40;

// The byte of a token of one character in GPT-2's alphabet, or of <0x00> to <0xFF>; 256 for any other token.
uint32_t byte_of(std::u16string_view token, bool byte_level) {
  const auto& characters = byte_characters();
  if (byte_level) {
    if (token.size() != 1) return 256;
    return static_cast<uint32_t>(std::find(characters.begin(), characters.end(), token[0]) - characters.begin());
  }
  if (token.size() != 6 || !token.starts_with(u"<0x") || token[5] != u'>') return 256;
  uint32_t byte = 0;
  for (const char16_t digit : token.substr(3, 2)) {
    const bool decimal = digit >= u'0' && digit <= u'9';
    if (!decimal && (digit < u'A' || digit > u'F')) return 256;
    byte = byte * 16 + static_cast<uint32_t>(decimal ? digit - u'0' : digit - u'A' + 10);
  }
  return byte;
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
    if (const uint32_t byte = byte_of(token, options.byte_level); byte < 256) {
      if (byte_ids_[byte] != kNone && byte_ids_[byte] != id) refuse_two_ids(byte_ids_[byte], id);
      byte_ids_[byte] = id;
      has_fallback_ |= options.byte_fallback && !options.byte_level;
    }
    if (!options.byte_level && codes.size() == 1) {
      const uint32_t old = characters_.insert(character_root_, codes, id);
      if (old != Trie::kNone && old != id) refuse_two_ids(old, id);
    }
    if (!options.ignore_merges) continue;
    if (std::string bytes = bytes_of(codes, options.byte_level); !bytes.empty()) words_.emplace(std::move(bytes), id);
  }
  options_.merges = {};  // they stand in the table
}

void Bpe::encode(std::span<const Char> word, ModelMemory& memory, std::vector<Piece>& out) const {
  out.clear();
  memory.bytes.clear();
  for (const Char& c : word) append_utf8(c.code, memory.bytes);
  const std::string& bytes = memory.bytes;
  const auto key = WordCache::pack(bytes.size(), [&](size_t i) { return static_cast<uint8_t>(bytes[i]); });
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
