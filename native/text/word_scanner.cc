#include "native/text/word_scanner.h"

#include <algorithm>

namespace gridstride::text {
namespace {

constexpr size_t kBlockUnits = 2048;

// May the text be cut before this unit without splitting a word?
bool is_boundary(char16_t unit) {
  const uint8_t flags = flags_of(unit);
  // Vertical tab and the like are white space that cleaning removes: the words around them join.
  return (flags & kPunctuation) != 0 || ((flags & kSpace) != 0 && (flags & kRemoved) == 0);
}

}  // namespace

bool WordScanner::next(Word& word) {
  for (;;) {
    if (next_in_segment(word)) return true;
    if (normal_match_) {
      const AddedMatch match = *normal_match_;
      word = {{}, match.id, block_[match.first].start, block_[match.last - 1].end};
      cursor_ = match.last;
      find_segment();
      return true;
    }
    if (raw_match_ && at_ >= raw_match_->first) {
      word = {{}, raw_match_->id, static_cast<uint32_t>(raw_match_->first), static_cast<uint32_t>(raw_match_->last)};
      at_ = floor_ = raw_match_->last;
      raw_match_.reset();
      return true;
    }
    if (at_ >= text_.size()) return false;
    fill_block();
  }
}

bool WordScanner::next_in_segment(Word& word) {
  const auto flags = [&](size_t i) { return flags_of(block_[i].code); };
  while (cursor_ < segment_end_ && (flags(cursor_) & kSpace) != 0) ++cursor_;
  if (cursor_ >= segment_end_) return false;
  size_t last = cursor_ + 1;
  if ((flags(cursor_) & kPunctuation) == 0) {
    while (last < segment_end_ && (flags(last) & (kSpace | kPunctuation)) == 0) ++last;
  }
  word = {std::span(block_).subspan(cursor_, last - cursor_), std::nullopt, block_[cursor_].start,
          block_[last - 1].end};
  cursor_ = last;
  return true;
}

// Where the block that begins at at_ may end. Tokens of the normalised text may hold anything, so that they need
// the whole section.
size_t WordScanner::block_end() const {
  if (!rules_.normalized.empty()) return text_.size();
  size_t last = std::min(text_.size(), at_ + kBlockUnits);
  while (last < text_.size() && !is_boundary(text_[last])) ++last;
  return last;
}

void WordScanner::fill_block() {
  size_t last = block_end();
  if (!raw_match_ && !rules_.raw.empty()) {
    search_ = std::max(search_, at_);
    raw_match_ = rules_.raw.find(RawText(text_), search_, last, floor_);
  }
  if (raw_match_) last = std::min(last, std::max(at_, raw_match_->first));
  block_.clear();
  rules_.normalizer.append(text_, at_, last, block_);
  at_ = last;
  cursor_ = normal_search_ = 0;
  find_segment();
}

void WordScanner::find_segment() {
  normal_match_.reset();
  segment_end_ = block_.size();
  if (rules_.normalized.empty()) return;
  normal_match_ = rules_.normalized.find(NormalText(block_), normal_search_, block_.size(), cursor_);
  if (normal_match_) segment_end_ = std::max(cursor_, normal_match_->first);
}

}  // namespace gridstride::text
