#include "native/text/word_scanner.h"

#include <algorithm>

namespace gridstride::text {
namespace {

constexpr size_t kBlockUnits = 2048;

}  // namespace

std::optional<AddedMatch> LanguageCodes::find(std::u16string_view text, size_t at) const {
  if (!text.substr(at).starts_with(u">>")) return std::nullopt;
  const size_t end = text.find(u"<<", at);
  if (end == std::u16string_view::npos) return std::nullopt;
  uint32_t node = root, id = unk_id;
  for (size_t i = at; i < end + 2; ++i) {
    const Trie::Edge& edge = codes.step(node, text[i]);
    id = edge.child == Trie::kNone || edge.value == Trie::kNone ? unk_id : edge.value;
    if (edge.child == Trie::kNone) break;
    node = edge.child;
  }
  return AddedMatch{id, at, end + 2};
}

bool WordScanner::next(Word& word) {
  for (;;) {
    if (next_in_segment(word)) return true;
    if (normal_match_) {
      const AddedMatch match = *normal_match_;
      word = {{}, match.id, block_[match.first].start, block_[match.last - 1].end};
      cursor_ = match.last;
      find_segment();
      put_prefix(match.last - 1);
      return true;
    }
    if (language_) {
      skip(*language_, word);
      language_.reset();
      return true;
    }
    if (raw_match_ && at_ >= raw_match_->first) {
      skip(*raw_match_, word);
      floor_ = at_;
      raw_match_.reset();
      may_have_language_ = true;
      return true;
    }
    if (at_ >= text_.size()) return false;
    fill_block();
  }
}

// Past a token of the raw text.
void WordScanner::skip(const AddedMatch& match, Word& word) {
  word = {{}, match.id, static_cast<uint32_t>(match.first), static_cast<uint32_t>(match.last)};
  at_ = match.last;
  in_stretch_ = false;
}

bool WordScanner::next_in_segment(Word& word) {
  size_t last = 0;
  if (!rules_.splitter.next(std::span(block_).first(segment_end_), cursor_, last)) return false;
  const SplitOptions& options = rules_.splitter.options();
  // White space, or the place for a prefix, stands before a word that does not begin with the prefix.
  const bool is_prefixed = options.prefix_words && cursor_ > 0 && block_[cursor_].code != options.prefix;
  if (is_prefixed && !(options.prefix_at_start && block_[cursor_].start > 0)) {
    block_[cursor_ - 1] = {options.prefix, block_[cursor_].start, block_[cursor_].end};
    --cursor_;
  }
  word = {std::span(block_).subspan(cursor_, last - cursor_), std::nullopt, block_[cursor_].start,
          block_[last - 1].end, options.seam != 0 && !is_fresh_};
  is_fresh_ = false;
  cursor_ = last;
  return true;
}

// Where the block that begins at at_ may end. Tokens of the normalised text may hold anything, so that they need
// the whole section.
size_t WordScanner::block_end() const {
  if (!rules_.normalized.empty() || !rules_.is_local) return text_.size();
  const size_t last = std::min(text_.size(), at_ + kBlockUnits);
  return last == text_.size() ? last : rules_.splitter.cut_from(text_, last, rules_.has_steps);
}

void WordScanner::fill_block() {
  size_t last = block_end();
  if (!raw_match_ && !rules_.raw.empty()) {
    search_ = std::max(search_, at_);
    raw_match_ = rules_.raw.find(RawText(text_), search_, last, floor_);
  }
  if (raw_match_) last = std::min(last, std::max(at_, raw_match_->first));
  if (rules_.languages && may_have_language_) {
    may_have_language_ = false;
    language_ = rules_.languages->find(text_.substr(0, last), at_);
    if (language_) last = at_;
  }
  block_.clear();
  // A place for a prefix.
  const bool begins = !in_stretch_, has_prefix = begins && rules_.splitter.options().prefix != 0;
  if (has_prefix) block_.push_back({});
  const bool ends = last == text_.size() || (raw_match_ && last == raw_match_->first);
  rules_.normalizer.append(text_, {at_, last, begins, ends}, block_);
  cursor_ = normal_search_ = has_prefix ? 1 : 0;
  is_fresh_ |= begins;
  find_segment();
  if (has_prefix) put_prefix(0);
  in_stretch_ = true;
  at_ = last;
}

// Makes the segment begin with the prefix, in `place`, which is no longer needed; the prefix is of the same characters
// of the text as what it stands before.
void WordScanner::put_prefix(size_t place) {
  const SplitOptions& options = rules_.splitter.options();
  if (options.prefix_words) return;
  if (options.prefix == 0 || cursor_ >= segment_end_ || block_[cursor_].code == options.prefix) return;
  if (options.prefix_at_start && block_[cursor_].start > 0) return;
  block_[place] = {options.prefix, block_[cursor_].start, block_[cursor_].end};
  cursor_ = place;
}

// From cursor_ on.
void WordScanner::find_segment() {
  normal_match_.reset();
  segment_end_ = block_.size();
  if (!rules_.normalized.empty()) {
    normal_match_ = rules_.normalized.find(NormalText(block_), normal_search_, block_.size(), cursor_);
    if (normal_match_) segment_end_ = std::max(cursor_, normal_match_->first);
    is_fresh_ = true;
  }
  const uint32_t space = rules_.splitter.options().space;
  const SplitKind kind = rules_.splitter.options().kind;
  if (space == 0 || kind == SplitKind::kMarkedSpaces || kind == SplitKind::kSpaces) return;
  for (size_t i = cursor_; i < segment_end_; ++i) {
    if (block_[i].code == ' ') block_[i].code = space;
  }
}

}  // namespace gridstride::text
