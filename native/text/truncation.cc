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

Stretch kept(size_t size, size_t length, bool from_left) {
  length = std::min(size, length);
  return from_left ? Stretch{size - length, size} : Stretch{0, length};
}

std::vector<Stretch> windows_of(size_t size, size_t length, size_t stride, bool from_left) {
  std::vector<Stretch> windows{kept(size, length, from_left)};
  if (length >= size) return windows;
  if (stride >= length) {
    throw Error(ErrorCode::kConfig,
                "tokenizer: stride must be below the room for the text, got " + std::to_string(stride) + " for " +
                    std::to_string(length),
                {{"stride", double(stride)}, {"room", double(length)}});
  }
  const size_t step = length - stride;
  while (from_left ? windows.back().first > 0 : windows.back().last < size) {
    const Stretch& before = windows.back();
    if (from_left) {
      const size_t last = before.last - step;
      windows.push_back({last - std::min(last, length), last});
    } else {
      windows.push_back({before.first + step, std::min(size, before.first + step + length)});
    }
  }
  return windows;
}

}  // namespace gridstride::text
