#include "native/text/normalizers/sentencepiece.h"

#include <algorithm>
#include <utility>

#include "native/text/models/model.h"
#include "native/text/utf8.h"

namespace gridstride::text {
namespace {

constexpr uint32_t kSpaceMark = 0x2581;

// The characters at the front of the text, and what they become.
struct Prefix {
  size_t count;
  std::vector<uint32_t> codes;
};

}  // namespace

// One text on its way.
struct SentencePieceStep::Pass {
  Pass(const SentencePieceStep& step, const Section& section)
      : step(step), old(section.text().begin(), section.text().end()), out(section.chars), section(section) {
    out.resize(section.first);
    if (step.options_.charsmap.empty()) return;
    for (uint32_t i = 0; i < old.size(); ++i) {
      append_utf8(old[i].code, bytes);
      places.resize(bytes.size(), i);
    }
    begins.reserve(old.size());
    for (uint32_t byte = 0; byte < places.size(); ++byte) {
      if (byte == 0 || places[byte] != places[byte - 1]) begins.push_back(byte);
    }
  }

  void read(size_t at, Prefix& prefix) const;

  void put(uint32_t code, uint32_t start, uint32_t end) {
    if (out.size() >= section.most) refuse_growth(section.most);
    out.push_back({code == ' ' ? space() : code, start, end});
  }

  uint32_t space() const { return step.options_.escapes_whitespaces ? kSpaceMark : uint32_t{' '}; }

  const SentencePieceStep& step;
  std::vector<Char> old;
  std::vector<Char>& out;
  const Section& section;
  std::string bytes;             // of the old characters, where there is a map
  std::vector<uint32_t> places;  // which character a byte belongs to
  std::vector<uint32_t> begins;  // the first byte of each character
};

SentencePieceStep::SentencePieceStep(SentencePieceOptions options)
    : options_(std::move(options)), charsmap_(options_.charsmap), symbols_root_(symbols_.add_root()) {
  for (const std::u16string& symbol : options_.symbols) {
    if (!symbol.empty()) symbols_.insert(symbols_root_, code_points(symbol), 0);
  }
}

void SentencePieceStep::Pass::read(size_t at, Prefix& prefix) const {
  prefix.count = 0;
  prefix.codes.clear();
  uint32_t node = step.symbols_root_;
  for (size_t i = at; i < old.size(); ++i) {
    const Trie::Edge& edge = step.symbols_.step(node, old[i].code);
    if (edge.child == Trie::kNone) break;
    node = edge.child;
    if (edge.value != Trie::kNone) prefix.count = i + 1 - at;
  }
  if (prefix.count == 0 && !bytes.empty()) {
    const auto match = step.charsmap_.longest(std::string_view(bytes).substr(begins[at]));
    if (match) {
      prefix.count = places[begins[at] + match->size - 1] + 1 - at;
      for (size_t i = 0; i < match->text.size();) prefix.codes.push_back(next_utf8(match->text, i));
      return;
    }
  }
  if (prefix.count == 0) prefix.count = 1;
  for (size_t i = 0; i < prefix.count; ++i) prefix.codes.push_back(old[at + i].code);
}

void SentencePieceStep::apply(const Section& section) const {
  Pass pass(*this, section);
  const std::vector<Char>& old = pass.old;
  std::vector<Char>& out = pass.out;
  const bool removes = options_.removes_extra_whitespaces;
  Prefix prefix{};
  size_t at = 0;
  for (; removes && at < old.size(); at += prefix.count) {
    pass.read(at, prefix);
    if (prefix.codes.size() != 1 || prefix.codes[0] != ' ') break;
  }
  if (at == old.size()) return;
  if (options_.adds_dummy_prefix && !options_.is_suffix) pass.put(' ', old[at].start, old[at].start);
  bool after_space = removes;
  for (; at < old.size(); at += prefix.count) {
    pass.read(at, prefix);
    auto code = prefix.codes.begin();
    while (after_space && code != prefix.codes.end() && *code == ' ') ++code;
    if (code != prefix.codes.end()) after_space = removes && prefix.codes.back() == ' ';
    for (; code != prefix.codes.end(); ++code) pass.put(*code, old[at].start, old[at + prefix.count - 1].end);
  }
  while (removes && out.size() > section.first && out.back().code == pass.space()) out.pop_back();
  if (!options_.adds_dummy_prefix || !options_.is_suffix) return;
  const uint32_t end = out.size() > section.first ? out.back().end : old[0].start;
  pass.put(' ', end, end);
}

}  // namespace gridstride::text
