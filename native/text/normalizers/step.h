// One step of a normaliser: it rewrites the characters of a section of text. Alignments follow Hugging Face's
// NormalizedString: a character that takes another's place takes its range of the original text, too, one that is put in
// has the range of the one before it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace gridstride::text {

// One normalised code point and where it came from, in UTF-16 units of the whole text.
struct Char {
  uint32_t code;
  uint32_t start;
  uint32_t end;
};

// What a step works on: the characters from `first` on.
struct Section {
  std::vector<Char>& chars;
  size_t first;
  size_t most;  // how many characters there may be: a hostile file could ask for any number
  bool begins;  // whether the stretch of text that is normalised by itself begins here,
  bool ends;    // and whether it ends here

  std::span<Char> text() const { return std::span(chars).subspan(first); }
};

class NormalizerStep {
 public:
  virtual ~NormalizerStep() = default;

  // Throws a tokenizer error when the text would grow past section.most.
  virtual void apply(const Section& section) const = 0;

  // Whether a text may be cut before a space that follows a printable character other than a space, without a change.
  virtual bool is_local() const { return true; }
};

// Throws: what a text is normalised to is too long.
[[noreturn]] void refuse_growth(size_t most);

// Writes a section anew, a character at a time.
class Rewriter {
 public:
  explicit Rewriter(const Section& section)
      : old_(section.text().begin(), section.text().end()), out_(section.chars), most_(section.most) {
    out_.resize(section.first);
  }

  // The characters that stood there.
  std::span<const Char> old() const { return old_; }

  // Goes on after `count` more of them.
  void skip(size_t count) { at_ += count; }

  // `change` 0: takes the place of the next old character; -n: and of n more; 1: is put in between.
  void put(uint32_t code, int32_t change) {
    flush();
    code_ = code;
    change_ = change;
    has_ = true;
  }

  // `count` old characters that stood for what was put last have gone, too.
  void drop(int32_t count) { change_ -= count; }

  // To be called at the end.
  void flush() {
    if (!has_) return;
    has_ = false;
    if (out_.size() >= most_) refuse_growth(most_);
    const Char& source = change_ > 0 ? before() : old_[at_ < old_.size() ? at_ : old_.size() - 1];
    out_.push_back({code_, source.start, source.end});
    if (change_ <= 0) at_ += static_cast<size_t>(1 - change_);
  }

 private:
  const Char& before() {
    if (at_ > 0) return old_[(at_ < old_.size() ? at_ : old_.size()) - 1];
    begin_ = {0, old_[0].start, old_[0].start};
    return begin_;
  }

  std::vector<Char> old_;
  std::vector<Char>& out_;
  size_t most_;
  size_t at_ = 0;
  uint32_t code_ = 0;
  int32_t change_ = 0;
  bool has_ = false;
  Char begin_{};
};

}  // namespace gridstride::text
