// Code points and their properties. Text is UTF-16 as JavaScript holds it: a lone surrogate is a code point of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "native/text/unicode_tables.h"

namespace gridstride::text {

using tables::kBreaks;
using tables::kCjk;
using tables::kJoins;
using tables::kLetter;
using tables::kLower;
using tables::kMark;
using tables::kNumber;
using tables::kPrepends;
using tables::kPunctuation;
using tables::kRemoved;
using tables::kSpace;
using tables::kStrip;
using tables::kWord;

// A set of the bits above; 0 for anything past U+10FFFF.
inline uint16_t flags_of(uint32_t code) {
  if (code > 0x10FFFF) return 0;
  return tables::kFlags[tables::kBlocks[code >> 8] * 256u + (code & 255u)];
}

// The code point at `at`, which moves past it.
inline uint32_t next_code_point(std::u16string_view text, size_t& at) {
  const uint32_t unit = text[at++];
  if ((unit & 0xFC00u) != 0xD800u || at == text.size()) return unit;
  const uint32_t low = text[at];
  if ((low & 0xFC00u) != 0xDC00u) return unit;
  ++at;
  return 0x10000u + ((unit - 0xD800u) << 10) + (low - 0xDC00u);
}

// The code point that ends before `at` (at > 0).
uint32_t previous_code_point(std::u16string_view text, size_t at);

// What one code point becomes: `count` code points of `code`.
struct Mapping {
  uint32_t count;
  uint32_t code[3];
};

// The letters of a Hangul syllable; of anything else none.
Mapping decompose_hangul(uint32_t code);

// Lower case, one code point at a time as Hugging Face does it (no final sigma).
Mapping lower_case(uint32_t code);

// Canonical decomposition (NFD) without nonspacing marks. Marks that stay keep their order: the 28 spacing marks
// that canonical reordering could swap are not met side by side in text.
Mapping strip_accents(uint32_t code);

}  // namespace gridstride::text
