// Steps that look at single characters or at a fixed pattern: Hugging Face's Replace, Prepend, Strip, Nmt, Lowercase and
// StripAccents.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "native/text/normalizers/step.h"

namespace gridstride::text {

using Codes = std::vector<uint32_t>;

// Every place of the pattern becomes the content. Both are not empty and at most 256 long.
class ReplaceStep : public NormalizerStep {
 public:
  ReplaceStep(Codes pattern, Codes content) : pattern_(std::move(pattern)), content_(std::move(content)) {}
  void apply(const Section& section) const override;
  bool is_local() const override;

 private:
  Codes pattern_, content_;
};

// Runs of characters become the content; of them `run_at` says how long they are.
class ReplaceRunsStep : public NormalizerStep {
 public:
  explicit ReplaceRunsStep(Codes content) : content_(std::move(content)) {}
  void apply(const Section& section) const override;

 protected:
  // How many characters from `at` on become the content; 0 for none.
  virtual size_t run_at(std::span<const Char> text, size_t at) const = 0;

 private:
  Codes content_;
};

// `least` spaces and more: a Replace with the regular expression ` {2,}`.
class ReplaceSpacesStep : public ReplaceRunsStep {
 public:
  ReplaceSpacesStep(uint32_t least, Codes content) : ReplaceRunsStep(std::move(content)), least_(least) {}

 protected:
  size_t run_at(std::span<const Char> text, size_t at) const override;

 private:
  uint32_t least_;
};

// `\s{2,}|[\n\r\t]`
class ReplaceWhitespaceStep : public ReplaceRunsStep {
 public:
  using ReplaceRunsStep::ReplaceRunsStep;

 protected:
  size_t run_at(std::span<const Char> text, size_t at) const override;
};

// Puts characters before a text that is not empty.
class PrependStep : public NormalizerStep {
 public:
  explicit PrependStep(Codes content) : content_(std::move(content)) {}
  void apply(const Section& section) const override;

 private:
  Codes content_;
};

// Takes white space from the ends.
class StripStep : public NormalizerStep {
 public:
  StripStep(bool left, bool right) : left_(left), right_(right) {}
  void apply(const Section& section) const override;

 private:
  bool left_, right_;
};

// Character by character.
class CharacterStep : public NormalizerStep {
 public:
  enum class Kind : uint8_t {
    kLowercase,
    kStripAccents,  // nonspacing marks go
    kNmt,           // control characters go, odd white space becomes spaces
  };
  explicit CharacterStep(Kind kind) : kind_(kind) {}
  void apply(const Section& section) const override;

 private:
  Kind kind_;
};

}  // namespace gridstride::text
