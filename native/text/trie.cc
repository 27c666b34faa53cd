#include "native/text/trie.h"

namespace gridstride::text {

uint32_t Trie::insert(uint32_t root, std::span<const uint32_t> keys, uint32_t value) {
  uint32_t node = root;
  Edge* last = nullptr;
  for (const uint32_t key : keys) {
    last = const_cast<Edge*>(&step(node, key));
    if (last->child == kNone) {
      if ((used_ + 1) * 2 > edges_.size()) grow();
      const uint64_t from = (uint64_t{node} << 21) | key;
      last = &free_place(from);
      *last = {from, nodes_++, kNone};
      ++used_;
    }
    node = last->child;
  }
  const uint32_t old = last->value;
  if (old == kNone) last->value = value;
  return old;
}

Trie::Edge& Trie::free_place(uint64_t from) {
  size_t at = place_of(from);
  while (edges_[at].child != kNone) at = (at + 1) & (edges_.size() - 1);
  return edges_[at];
}

void Trie::grow() {
  std::vector<Edge> old(edges_.size() * 2);
  old.swap(edges_);
  --shift_;
  for (const Edge& edge : old) {
    if (edge.child != kNone) free_place(edge.from) = edge;
  }
}

}  // namespace gridstride::text
