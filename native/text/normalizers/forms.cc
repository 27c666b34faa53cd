#include "native/text/normalizers/forms.h"

#include <algorithm>
#include <iterator>

#include "native/text/unicode.h"
#include "native/text/unicode_forms.h"

namespace gridstride::text {

// A character of a decomposition; `change` as Rewriter::put() takes it.
struct FormStep::Part {
  uint32_t code;
  int32_t change;
  uint32_t rank;  // of canonical order; 0 stays where it is
};

namespace {

using tables::Composition;
using tables::Decomposition;

// Hangul syllables: Unicode standard, section 3.12.
constexpr uint32_t kSyllables = 0xAC00, kLeads = 0x1100, kVowels = 0x1161, kTails = 0x11A7;
constexpr uint32_t kLeadCount = 19, kVowelCount = 21, kTailCount = 28, kSyllableCount = 11172;

uint32_t rank_of(uint32_t code) {
  if (code < 0x300) return 0;
  const auto* run = std::lower_bound(std::begin(tables::kClassRuns), std::end(tables::kClassRuns), code,
                                     [](const tables::ClassRun& r, uint32_t c) { return r.last < c; });
  return run != std::end(tables::kClassRuns) && run->first <= code ? run->rank : 0;
}

std::span<const uint32_t> parts_in(std::span<const Decomposition> table, uint32_t code) {
  const auto entry = std::lower_bound(table.begin(), table.end(), code,
                                      [](const Decomposition& d, uint32_t c) { return d.from < c; });
  if (entry == table.end() || entry->from != code) return {};
  return std::span(tables::kParts).subspan(entry->place, entry->count);
}

// 0 where the two do not compose.
uint32_t composed(uint32_t first, uint32_t second) {
  if (first - kLeads < kLeadCount && second - kVowels < kVowelCount) {
    return kSyllables + ((first - kLeads) * kVowelCount + (second - kVowels)) * kTailCount;
  }
  const uint32_t syllable = first - kSyllables, tail = second - kTails;
  if (syllable < kSyllableCount && syllable % kTailCount == 0 && tail > 0 && tail < kTailCount) return first + tail;
  const auto* entry =
      std::lower_bound(std::begin(tables::kCompositions), std::end(tables::kCompositions), std::pair(first, second),
                       [](const Composition& c, const auto& pair) { return std::pair(c.first, c.second) < pair; });
  const bool found = entry != std::end(tables::kCompositions) && entry->first == first && entry->second == second;
  return found ? entry->composed : 0;
}

}  // namespace

void FormStep::take_apart(std::span<const Char> text, std::vector<Part>& parts) const {
  for (const Char& c : text) {
    const Mapping syllable = decompose_hangul(c.code);
    std::span<const uint32_t> own = std::span(syllable.code).first(syllable.count);
    if (own.empty() && is_compatible_) own = parts_in(tables::kCompatible, c.code);
    if (own.empty()) own = parts_in(tables::kCanonical, c.code);
    if (own.empty()) own = {&c.code, 1};
    for (size_t i = 0; i < own.size(); ++i) parts.push_back({own[i], i == 0 ? 0 : 1, rank_of(own[i])});
  }
  // Canonical order: stable within what stands between two characters of rank 0.
  for (auto at = parts.begin(); at != parts.end();) {
    const auto first = std::find_if(at, parts.end(), [](const Part& p) { return p.rank != 0; });
    at = std::find_if(first, parts.end(), [](const Part& p) { return p.rank == 0; });
    std::stable_sort(first, at, [](const Part& a, const Part& b) { return a.rank < b.rank; });
  }
}

void FormStep::compose(std::vector<Part>& parts) {
  size_t size = 0, starter = 0;
  bool has_starter = false;
  for (const Part& part : parts) {
    const bool is_next = has_starter && size == starter + 1;
    const bool is_reachable = is_next || (has_starter && parts[size - 1].rank < part.rank);
    const uint32_t whole = is_reachable ? composed(parts[starter].code, part.code) : 0;
    if (whole != 0) {
      parts[starter].code = whole;
      parts[starter].change += part.change - 1;
      continue;
    }
    if (part.rank == 0) {
      starter = size;
      has_starter = true;
    }
    parts[size++] = part;
  }
  parts.resize(size);
}

void FormStep::apply(const Section& section) const {
  const std::span<const Char> text = section.text();
  // Below U+00A0 nothing is taken apart or composed.
  if (std::all_of(text.begin(), text.end(), [](const Char& c) { return c.code < 0xA0; })) return;
  std::vector<Part> parts;
  parts.reserve(text.size() + 16);
  take_apart(text, parts);
  if (composes_) compose(parts);
  Rewriter out(section);
  for (const Part& part : parts) out.put(part.code, part.change);
  out.flush();
}

}  // namespace gridstride::text
