#include "native/text/models/model.h"

#include "native/core/error.h"

namespace gridstride::text {

std::vector<uint32_t> code_points(std::u16string_view text) {
  std::vector<uint32_t> out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) out.push_back(next_code_point(text, at));
  return out;
}

uint32_t find_whole(const Trie& trie, uint32_t root, std::span<const Char> word) {
  uint32_t node = root, value = Trie::kNone;
  for (const Char& c : word) {
    const Trie::Edge& edge = trie.step(node, c.code);
    if (edge.child == Trie::kNone) return Trie::kNone;
    node = edge.child;
    value = edge.value;
  }
  return value;
}

uint32_t refuse_unknown() {
  throw Error(ErrorCode::kTokenizer, "tokenizer: the model must have an unknown token, got text that needs one");
}

void refuse_two_ids(uint32_t first, uint32_t second) {
  throw Error(ErrorCode::kTokenizer,
              "vocabulary: a token must have one id, got " + std::to_string(first) + " and " + std::to_string(second),
              {{"first", double(first)}, {"second", double(second)}});
}

}  // namespace gridstride::text
