#include "native/text/normalizer.h"

namespace gridstride::text {

namespace {

// A character that becomes more is rare; one that becomes eighteen is the worst of Unicode.
constexpr size_t kMostGrowth = 64, kMostAdded = 4096;

}  // namespace

uint32_t Normalizer::local_space() const {
  for (const auto& step : steps_) {
    if (!step->is_local()) return 0;
  }
  std::vector<Char> out;
  append(u"a a", {0, 3, false, false}, out);
  return out.size() == 3 && out[1].start == 1 ? out[1].code : 0;
}

void Normalizer::append(std::u16string_view text, const TextPart& part, std::vector<Char>& out) const {
  const size_t before = out.size(), most = before + (part.last - part.first) * kMostGrowth + kMostAdded;
  append_bert(text, part, out);
  for (const auto& step : steps_) step->apply({out, before, most, part.begins, part.ends});
}

void Normalizer::append_bert(std::u16string_view text, const TextPart& range, std::vector<Char>& out) const {
  const size_t first = range.first, last = range.last;
  out.reserve(out.size() + (last - first) + 8);
  const std::u16string_view part = text.substr(0, last);
  for (size_t at = first; at < last;) {
    const size_t begin = at;
    const uint32_t code = next_code_point(part, at);
    const auto start = static_cast<uint32_t>(begin), end = static_cast<uint32_t>(at);
    if (code >= 0x20 && code < 0x7F) {
      const bool upper = options_.lower_case && code >= 'A' && code <= 'Z';
      out.push_back({upper ? code + 32 : code, start, end});
    } else {
      append_other(code, start, end, out);
    }
  }
}

// Anything but printable ASCII.
void Normalizer::append_other(uint32_t code, uint32_t start, uint32_t end, std::vector<Char>& out) const {
  const uint16_t flags = flags_of(code);
  if (options_.clean_text) {
    if ((flags & kRemoved) != 0) return;
    if ((flags & kSpace) != 0) {
      out.push_back({' ', start, end});
      return;
    }
  }
  const bool spaced = options_.cjk_spacing && (flags & kCjk) != 0;
  if (spaced) out.push_back({' ', start, end});
  append_folded(code, start, end, out);
  if (spaced) out.push_back({' ', start, end});
}

void Normalizer::append_folded(uint32_t code, uint32_t start, uint32_t end, std::vector<Char>& out) const {
  const Mapping plain = options_.strip_accents ? strip_accents(code) : Mapping{1, {code, 0, 0}};
  for (uint32_t i = 0; i < plain.count; ++i) {
    const Mapping lower = options_.lower_case ? lower_case(plain.code[i]) : Mapping{1, {plain.code[i], 0, 0}};
    for (uint32_t k = 0; k < lower.count; ++k) out.push_back({lower.code[k], start, end});
  }
}

}  // namespace gridstride::text
