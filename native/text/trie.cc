#include "native/text/trie.h"

namespace gridstride::text {

uint32_t Trie::insert(uint32_t root, std::span<const uint32_t> keys, uint32_t value) {
  uint32_t node = root;
  for (const uint32_t key : keys) {
    const uint32_t next = child(node, key);
    node = next == kNone ? add_child(node, key) : next;
  }
  const uint32_t old = values_[node];
  if (old == kNone) values_[node] = value;
  return old;
}

uint32_t Trie::add_node() {
  values_.push_back(kNone);
  return static_cast<uint32_t>(values_.size() - 1);
}

uint32_t Trie::add_child(uint32_t node, uint32_t key) {
  if ((edges_ + 1) * 2 > slots_.size()) grow();
  const uint64_t edge = (uint64_t{node} << 21) | key;
  size_t at = slot_of(edge);
  while (slots_[at].child != kNone) at = (at + 1) & (slots_.size() - 1);
  const uint32_t made = add_node();
  slots_[at] = {edge, made};
  ++edges_;
  return made;
}

void Trie::grow() {
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  --shift_;
  for (const Slot& slot : old) {
    if (slot.child == kNone) continue;
    size_t at = slot_of(slot.edge);
    while (slots_[at].child != kNone) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = slot;
  }
}

}  // namespace gridstride::text
