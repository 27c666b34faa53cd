#include "native/text/word_scanner.h"

#include <algorithm>

namespace gridstride::text {
namespace {

constexpr size_t kBlockUnits = 2048;

}  // namespace

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
    if (raw_match_ && at_ >= raw_match_->first) {
      word = {{}, raw_match_->id, static_cast<uint32_t>(raw_match_->first), static_cast<uint32_t>(raw_match_->last)};
      at_ = floor_ = raw_match_->last;
      in_stretch_ = false;
      raw_match_.reset();
      return true;
    }
    if (at_ >= text_.size()) return false;
    fill_block();
  }
}

bool WordScanner::next_in_segment(Word& word) {
  size_t last = 0;
  if (!rules_.splitter.next(std::span(block_).first(segment_end_), cursor_, last)) return false;
  word = {std::span(block_).subspan(cursor_, last - cursor_), std::nullopt, block_[cursor_].start,
          block_[last - 1].end};
  cursor_ = last;
  return true;
}

// Where the block that begins at at_ may end. Tokens of the normalised text may hold anything, so that they need
// the whole section.
size_t WordScanner::block_end() const {
  if (!rules_.normalized.empty()) return text_.size();
  const size_t last = std::min(text_.size(), at_ + kBlockUnits);
  return last == text_.size() ? last : rules_.splitter.cut_from(text_, last);
}

void WordScanner::fill_block() {
  size_t last = block_end();
  if (!raw_match_ && !rules_.raw.empty()) {
    search_ = std::max(search_, at_);
    raw_match_ = rules_.raw.find(RawText(text_), search_, last, floor_);
  }
  if (raw_match_) last = std::min(last, std::max(at_, raw_match_->first));
  block_.clear();
  // A place for a prefix.
  const bool begins = !in_stretch_ && rules_.splitter.options().prefix != 0;
  if (begins) block_.push_back({});
  in_stretch_ = true;
  rules_.normalizer.append(text_, at_, last, block_);
  cursor_ = normal_search_ = begins ? 1 : 0;
  find_segment();
  if (begins && !(rules_.splitter.options().prefix_at_start && at_ > 0)) put_prefix(0);
  at_ = last;
}

// Makes the segment begin with the prefix, in `place`, which is no longer needed; the prefix is of the same characters
// of the text as what it stands before.
void WordScanner::put_prefix(size_t place) {
  const SplitOptions& options = rules_.splitter.options();
  if (options.prefix == 0 || cursor_ >= segment_end_ || block_[cursor_].code == options.prefix) return;
  if (options.prefix_at_start && place > 0) return;
  block_[place] = {options.prefix, block_[cursor_].start, block_[cursor_].end};
  cursor_ = place;
}

void WordScanner::find_segment() {
  normal_match_.reset();
  segment_end_ = block_.size();
  if (rules_.normalized.empty()) return;
  normal_match_ = rules_.normalized.find(NormalText(block_), normal_search_, block_.size(), cursor_);
  if (normal_match_) segment_end_ = std::max(cursor_, normal_match_->first);
}

}  // namespace gridstride::text
