// The pieces of words met lately. Some thousand words make up most of any text: they are found here with one look at
// memory, where the vocabulary's tables, megabytes wide, take a look for every character. Half a megabyte by
// default.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "native/text/normalizer.h"

namespace gridstride::text {

// A piece covers word[first, last); pieces made of bytes may share a character.
struct Piece {
  uint32_t id;
  uint32_t first;
  uint32_t last;
};

class WordCache {
 public:
  // Up to 16 bytes other than 0. Words that do not pack are not cached.
  struct Key {
    uint64_t low = 0, high = 0;
    bool operator==(const Key&) const = default;
    bool is_empty() const { return low == 0; }
  };

  // 2^bits pairs of words.
  explicit WordCache(unsigned bits = 13) : sets_(size_t{1} << bits), shift_(64 - bits) {}

  // Of `size` characters or bytes; `at(i)` is one of them.
  template <typename At>
  static Key pack(size_t size, At&& at) {
    if (size > 16) return {};
    uint64_t parts[2] = {0, 0};
    for (size_t i = 0; i < size; ++i) {
      const uint32_t value = at(i);
      if (value - 1 >= 0xFF) return {};
      parts[i >> 3] |= uint64_t{value} << (8 * (i & 7));
    }
    return {parts[0], parts[1]};
  }

  // Of characters, U+2581 (what SentencePiece writes for a space) among them.
  static Key pack_marked(std::span<const Char> word) {
    return pack(word.size(), [&](size_t i) {
      const uint32_t code = word[i].code;
      return code == 0x2581 ? 1 : code == 1 ? 0 : code;
    });
  }

  // Appends the word's pieces to `out`; false when it is not here.
  bool find(const Key& key, std::vector<Piece>& out) const {
    const Set& set = sets_[place_of(key)];
    const Entry& entry = set.newer.key == key ? set.newer : set.older;
    if (!(entry.key == key)) return false;
    uint32_t end = 0;
    for (uint32_t i = 0; i < entry.count; ++i) {
      const uint32_t first = end - (entry.ends[i] >> 7);
      end = entry.ends[i] & 0x7Fu;
      out.push_back({entry.ids[i], first, end});
    }
    return true;
  }

  // Takes the place of the older of two words. Words of many pieces, or with holes between them, are left out.
  void put(const Key& key, std::span<const Piece> pieces) {
    if (pieces.size() > kPieces) return;
    for (size_t i = 0; i < pieces.size(); ++i) {
      const uint32_t end = i == 0 ? 0 : pieces[i - 1].last;
      if (pieces[i].first != end && pieces[i].first + 1 != end) return;
    }
    Set& set = sets_[place_of(key)];
    set.older = set.newer;
    set.newer.key = key;
    set.newer.count = static_cast<uint8_t>(pieces.size());
    for (size_t i = 0; i < pieces.size(); ++i) {
      set.newer.ids[i] = pieces[i].id;
      const bool shares = i > 0 && pieces[i].first < pieces[i - 1].last;
      set.newer.ends[i] = static_cast<uint8_t>(pieces[i].last | (shares ? 0x80u : 0u));
    }
  }

 private:
  static constexpr size_t kPieces = 3;

  struct Entry {
    Key key;
    std::array<uint32_t, kPieces> ids;
    std::array<uint8_t, kPieces> ends;  // the top bit: shares a character with the one before
    uint8_t count = 0;
  };
  // One cache line.
  struct alignas(64) Set {
    Entry newer, older;
  };

  size_t place_of(const Key& key) const {
    const uint64_t mixed = (key.low ^ (key.high * 0xC2B2AE3D27D4EB4Full)) * 0x9E3779B97F4A7C15ull;
    return static_cast<size_t>((mixed ^ (mixed >> 29)) * 0xBF58476D1CE4E5B9ull >> shift_);
  }

  std::vector<Set> sets_;
  unsigned shift_;
};

}  // namespace gridstride::text
