// A whole tokenizer: text or a pair in, ids with their special tokens, type ids, offsets and words out.
// Immutable once built, so that any number of threads may encode with it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "native/text/models/bpe.h"
#include "native/text/models/unigram.h"
#include "native/text/models/wordlevel.h"
#include "native/text/models/wordpiece.h"
#include "native/text/offset_trimmer.h"
#include "native/text/sequence_encoder.h"
#include "native/text/truncation.h"

namespace gridstride::text {

// One part of a template such as [CLS] A [SEP] B [SEP].
struct TemplatePart {
  enum class Kind : uint8_t { kSpecial, kFirst, kSecond, kLanguage };
  Kind kind;
  uint32_t type_id;
  uint32_t id = 0;  // of a special token; for kLanguage EncodeOptions::language takes its place

  bool is_special() const { return kind == Kind::kSpecial || kind == Kind::kLanguage; }
};

struct Templates {
  std::vector<TemplatePart> single;
  std::vector<TemplatePart> pair;
};

struct TokenizerSpec {
  NormalizerOptions normalizer;
  NormalizerSteps steps;
  SplitOptions split;
  std::variant<WordPieceOptions, BpeOptions, UnigramOptions, WordLevelOptions> model;
  Vocabulary vocabulary;
  std::vector<AddedToken> added;
  Templates templates;
  bool trim_offsets = false;       // leave white space out of offsets
  bool trim_after_prefix = false;  // with a prefix in mind
  bool language_codes = false;     // tokens >>...<< at the begin of a stretch
};

struct EncodeOptions {
  bool add_special_tokens = true;
  Truncation truncation = Truncation::kNone;
  bool truncate_left = false;  // drop tokens at the start
  uint32_t max_length = 0;     // with special tokens; used when truncation is on
  bool overflow = false;       // what truncation drops becomes rows of its own
  uint32_t stride = 0;         // tokens that such a row repeats
  bool want_offsets = false;
  bool want_special_mask = false;
  bool want_words = false;
  uint32_t language = 0;  // the id of the token that the template has for a language
};

// Rows one after another. Special tokens have offsets 0, 0 and word -1.
struct EncodedRows {
  std::vector<int32_t> lengths;
  std::vector<int32_t> ids;
  std::vector<int32_t> type_ids;
  std::vector<int32_t> special_mask;  // 1 for tokens the template added
  std::vector<int32_t> words;
  std::vector<int32_t> offsets;  // start, end of each token in UTF-16 units
  // With overflow: how many rows each text became, and how many tokens of a row, of those that truncation may drop, no
  // row before it holds.
  std::vector<int32_t> rows, fresh;

  void clear() {
    for (auto* field : {&lengths, &ids, &type_ids, &special_mask, &words, &offsets, &rows, &fresh}) field->clear();
  }
};

struct TextPair {
  std::u16string_view first;
  std::optional<std::u16string_view> second = std::nullopt;
};

class Tokenizer {
 public:
  // Throws a tokenizer error for a token with two ids.
  explicit Tokenizer(const TokenizerSpec& spec);

  // Appends one row to `out`, with overflow more. Stops reading a text once truncation is sure to drop the rest.
  void encode(const TextPair& texts, const EncodeOptions& options, Workspace& workspace, EncodedRows& out,
              Cancelled cancelled = nullptr) const;

  // How many special tokens the template adds.
  size_t special_count(bool pair) const;

 private:
  // A text and tokens of it.
  struct Part {
    std::u16string_view text;
    std::span<const Token> tokens;

    Part cut(const Stretch& stretch) const {
      return {text, tokens.subspan(stretch.first, stretch.last - stretch.first)};
    }
  };

  size_t length_of_single(SequenceEncoder& first, const EncodeOptions& options) const;
  std::pair<size_t, size_t> lengths_of_pair(SequenceEncoder& first, SequenceEncoder& second,
                                            const EncodeOptions& options) const;
  void append_windows(const Part& first, const Part* second, std::pair<size_t, size_t> lengths,
                      const EncodeOptions& options, EncodedRows& out) const;
  void append(const Part& first, const Part* second, const EncodeOptions& options, EncodedRows& out) const;
  void append(const Part& part, const TemplatePart& place, const EncodeOptions& options, EncodedRows& out) const;

  std::unique_ptr<const Model> model_;
  WordRules rules_;
  std::optional<OffsetTrimmer> trimmer_;
  Templates templates_;
};

}  // namespace gridstride::text
