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

// A piece covers word[first, last).
struct Piece {
  uint32_t id;
  uint32_t first;
  uint32_t last;
};

class WordCache {
 public:
  // Up to 16 characters of U+0001 to U+00FF. Words that do not pack are not cached.
  struct Key {
    uint64_t low = 0, high = 0;
    bool operator==(const Key&) const = default;
    bool is_empty() const { return low == 0; }
  };

  // 2^bits pairs of words.
  explicit WordCache(unsigned bits = 13) : sets_(size_t{1} << bits), shift_(64 - bits) {}

  static Key pack(std::span<const Char> word) {
    if (word.size() > 16) return {};
    uint64_t parts[2] = {0, 0};
    for (size_t i = 0; i < word.size(); ++i) {
      if (word[i].code - 1 >= 0xFF) return {};
      parts[i >> 3] |= uint64_t{word[i].code} << (8 * (i & 7));
    }
    return {parts[0], parts[1]};
  }

  // Appends the word's pieces to `out`; false when it is not here.
  bool find(const Key& key, std::vector<Piece>& out) const {
    const Set& set = sets_[place_of(key)];
    const Entry& entry = set.newer.key == key ? set.newer : set.older;
    if (!(entry.key == key)) return false;
    uint32_t first = 0;
    for (uint32_t i = 0; i < entry.count; ++i) {
      out.push_back({entry.ids[i], first, entry.ends[i]});
      first = entry.ends[i];
    }
    return true;
  }

  // Takes the place of the older of two words. Words of many pieces are left out.
  void put(const Key& key, std::span<const Piece> pieces) {
    if (pieces.size() > kPieces) return;
    Set& set = sets_[place_of(key)];
    set.older = set.newer;
    set.newer.key = key;
    set.newer.count = static_cast<uint8_t>(pieces.size());
    for (size_t i = 0; i < pieces.size(); ++i) {
      set.newer.ids[i] = pieces[i].id;
      set.newer.ends[i] = static_cast<uint8_t>(pieces[i].last);
    }
  }

 private:
  static constexpr size_t kPieces = 3;

  struct Entry {
    Key key;
    std::array<uint32_t, kPieces> ids;
    std::array<uint8_t, kPieces> ends;
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
