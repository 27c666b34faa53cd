#include "native/text/unicode.h"

#include <algorithm>
#include <iterator>

namespace gridstride::text {
namespace {

// Hangul syllables decompose by arithmetic: Unicode standard, section 3.12.
constexpr uint32_t kHangulFirst = 0xAC00, kHangulLast = 0xD7A3;
constexpr uint32_t kLeadBase = 0x1100, kVowelBase = 0x1161, kTailBase = 0x11A7;
constexpr uint32_t kTails = 28, kVowelsTimesTails = 588;

}  // namespace

uint32_t previous_code_point(std::u16string_view text, size_t at) {
  const uint32_t unit = text[at - 1];
  if ((unit & 0xFC00u) != 0xDC00u || at < 2) return unit;
  const uint32_t high = text[at - 2];
  if ((high & 0xFC00u) != 0xD800u) return unit;
  return 0x10000u + ((high - 0xD800u) << 10) + (unit - 0xDC00u);
}

Mapping decompose_hangul(uint32_t code) {
  if (code < kHangulFirst || code > kHangulLast) return {0, {}};
  const uint32_t index = code - kHangulFirst;
  Mapping out{2, {kLeadBase + index / kVowelsTimesTails, kVowelBase + index % kVowelsTimesTails / kTails, 0}};
  if (index % kTails != 0) out.code[out.count++] = kTailBase + index % kTails;
  return out;
}

Mapping lower_case(uint32_t code) {
  if (code < 0x80) return {1, {code >= 'A' && code <= 'Z' ? code + 32 : code, 0, 0}};
  if ((flags_of(code) & kLower) == 0) return {1, {code, 0, 0}};
  if (code == 0x130) return {2, {'i', 0x307, 0}};
  const auto* run = std::upper_bound(std::begin(tables::kLowerRuns), std::end(tables::kLowerRuns), code,
                                     [](uint32_t c, const tables::LowerRun& r) { return c < r.first; });
  --run;
  return {1, {static_cast<uint32_t>(static_cast<int32_t>(code) + run->delta), 0, 0}};
}

Mapping strip_accents(uint32_t code) {
  const uint16_t flags = flags_of(code);
  if ((flags & kMark) != 0) return {0, {}};
  if ((flags & kStrip) == 0) return {1, {code, 0, 0}};
  if (const Mapping letters = decompose_hangul(code); letters.count > 0) return letters;
  const auto* entry = std::lower_bound(std::begin(tables::kStrips), std::end(tables::kStrips), code,
                                       [](const tables::Strip& e, uint32_t c) { return e.from < c; });
  return {entry->count, {entry->to[0], entry->to[1], entry->to[2]}};
}

}  // namespace gridstride::text
