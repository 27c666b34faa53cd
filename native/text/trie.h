// A trie over code points (or UTF-16 units) whose edges stand in one open-addressing hash table: a step is one probe,
// and what it finds (the node and the value there) lies in one cache line.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace gridstride::text {

class Trie {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  // The way from one node to the next; `child` is kNone where there is none.
  struct Edge {
    uint64_t from = 0;  // node << 21 | key
    uint32_t child = kNone;
    uint32_t value = kNone;  // kNone where no entry ends
  };

  Trie() : edges_(16), shift_(60) {}

  // A new, empty tree; several share one table.
  uint32_t add_root() { return nodes_++; }

  // Stores `value` under the keys (one at least), unless something stands there: then returns that, else kNone.
  uint32_t insert(uint32_t root, std::span<const uint32_t> keys, uint32_t value);

  const Edge& step(uint32_t node, uint32_t key) const {
    const uint64_t from = (uint64_t{node} << 21) | key;
    for (size_t at = place_of(from);; at = (at + 1) & (edges_.size() - 1)) {
      if (edges_[at].child == kNone || edges_[at].from == from) return edges_[at];
    }
  }

 private:
  size_t place_of(uint64_t from) const { return static_cast<size_t>((from * 0x9E3779B97F4A7C15ull) >> shift_); }
  Edge& free_place(uint64_t from);
  void grow();

  std::vector<Edge> edges_;  // a power of two, at most half full
  uint32_t shift_;
  size_t used_ = 0;
  uint32_t nodes_ = 0;
};

}  // namespace gridstride::text
