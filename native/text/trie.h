// A trie over code points (or UTF-16 units) whose edges stand in one open-addressing hash table: a step is one probe.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace gridstride::text {

class Trie {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  Trie() : slots_(16), shift_(60) {}

  // A new, empty tree; several share one table.
  uint32_t add_root() { return add_node(); }

  // The value already stored under the keys, or kNone when `value` now stands there.
  uint32_t insert(uint32_t root, std::span<const uint32_t> keys, uint32_t value);

  // The node one key further, or kNone.
  uint32_t child(uint32_t node, uint32_t key) const {
    const uint64_t edge = (uint64_t{node} << 21) | key;
    for (size_t at = slot_of(edge);; at = (at + 1) & (slots_.size() - 1)) {
      if (slots_[at].child == kNone || slots_[at].edge == edge) return slots_[at].child;
    }
  }

  uint32_t value(uint32_t node) const { return values_[node]; }

 private:
  struct Slot {
    uint64_t edge = 0;  // node << 21 | key
    uint32_t child = kNone;
  };

  size_t slot_of(uint64_t edge) const { return static_cast<size_t>((edge * 0x9E3779B97F4A7C15ull) >> shift_); }
  uint32_t add_node();
  uint32_t add_child(uint32_t node, uint32_t key);
  void grow();

  std::vector<Slot> slots_;  // a power of two, at most half full
  uint32_t shift_;
  size_t edges_ = 0;
  std::vector<uint32_t> values_;
};

}  // namespace gridstride::text
