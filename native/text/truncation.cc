#include "native/text/truncation.h"

#include <algorithm>

#include "native/core/error.h"

namespace gridstride::text {

std::pair<size_t, size_t> longest_first(size_t first, size_t second, size_t budget) {
  if (first + second <= budget) return {first, second};
  const bool swapped = first > second;
  size_t shorter = std::min(first, second);
  size_t longer = shorter > budget ? shorter : std::max(shorter, budget - shorter);
  if (shorter + longer > budget) {
    shorter = budget / 2;
    longer = shorter + budget % 2;
  }
  return swapped ? std::pair{longer, shorter} : std::pair{shorter, longer};
}

size_t only_one(size_t own, size_t other, size_t budget) {
  if (own + other <= budget) return own;
  if (other >= budget) {
    throw Error(ErrorCode::kTokenizer,
                "truncation: the sequence that is not cut must leave room for a token, got " + std::to_string(other) +
                    " tokens for " + std::to_string(budget) + " places",
                {{"tokens", double(other)}, {"places", double(budget)}});
  }
  return budget - other;
}

}  // namespace gridstride::text
