// Which neighbours BPE merges, how early, and into what: one open-addressing hash table.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace gridstride::text {

struct Merge {
  uint32_t left, right;  // ids
  uint32_t merged;       // id
};

class MergeTable {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  struct Entry {
    uint64_t pair = 0;      // left << 32 | right
    uint32_t rank = kNone;  // kNone where there is no merge
    uint32_t merged = 0;
  };

  // In the order of their ranks; of a pair that is there twice the later rank counts, as in Python.
  explicit MergeTable(std::span<const Merge> merges) {
    unsigned bits = 4;
    while ((size_t{1} << bits) < 2 * merges.size()) ++bits;
    entries_.resize(size_t{1} << bits);
    shift_ = 64 - bits;
    for (uint32_t rank = 0; rank < merges.size(); ++rank) {
      const Merge& merge = merges[rank];
      entries_[place_of(merge.left, merge.right)] = {pair_of(merge.left, merge.right), rank, merge.merged};
    }
  }

  const Entry& find(uint32_t left, uint32_t right) const { return entries_[place_of(left, right)]; }

 private:
  static uint64_t pair_of(uint32_t left, uint32_t right) { return (uint64_t{left} << 32) | right; }

  // Of the pair, or the free place where it belongs.
  size_t place_of(uint32_t left, uint32_t right) const {
    const uint64_t pair = pair_of(left, right);
    const uint64_t mixed = (pair ^ (pair >> 29)) * 0x9E3779B97F4A7C15ull;
    for (size_t at = mixed >> shift_;; at = (at + 1) & (entries_.size() - 1)) {
      if (entries_[at].rank == kNone || entries_[at].pair == pair) return at;
    }
  }

  std::vector<Entry> entries_;  // a power of two, at most half full
  unsigned shift_;
};

}  // namespace gridstride::text
