// How many tokens of each sequence stay, as Hugging Face's truncate_encodings decides it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace gridstride::text {

enum class Truncation : uint8_t { kNone, kLongestFirst, kOnlyFirst, kOnlySecond };

// The lengths that remain of a pair under longest-first; `budget` is the room without special tokens.
std::pair<size_t, size_t> longest_first(size_t first, size_t second, size_t budget);

// The length that remains of the one sequence that gives way. Throws a tokenizer error when the other alone
// leaves it no token.
size_t only_one(size_t own, size_t other, size_t budget);

// Tokens [first, last) of a sequence.
struct Stretch {
  size_t first, last;
};

// What is kept of `size` tokens.
Stretch kept(size_t size, size_t length, bool from_left);

// All of them in windows of `length` tokens, each but the first beginning with `stride` tokens of the one before (on
// the left, ending with them); the first is what truncation keeps. Throws a config error when stride leaves no new
// token.
std::vector<Stretch> windows_of(size_t size, size_t length, size_t stride, bool from_left);

}  // namespace gridstride::text
