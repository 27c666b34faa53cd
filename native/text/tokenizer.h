// A whole tokenizer: text or a pair in, ids with their special tokens, type ids, offsets and words out.
// Immutable once built, so that any number of threads may encode with it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "native/text/sequence_encoder.h"
#include "native/text/truncation.h"

namespace gridstride::text {

// One part of a template such as [CLS] A [SEP] B [SEP].
struct TemplatePart {
  enum class Kind : uint8_t { kSpecial, kFirst, kSecond };
  Kind kind;
  uint32_t type_id;
  uint32_t id = 0;  // of a special token
};

struct Templates {
  std::vector<TemplatePart> single;
  std::vector<TemplatePart> pair;
};

struct TokenizerSpec {
  NormalizerOptions normalizer;
  WordPieceOptions model;
  std::vector<std::pair<std::u16string, uint32_t>> vocabulary;
  std::vector<AddedToken> added;
  Templates templates;
};

struct EncodeOptions {
  bool add_special_tokens = true;
  Truncation truncation = Truncation::kNone;
  bool truncate_left = false;  // drop tokens at the start
  uint32_t max_length = 0;     // with special tokens; used when truncation is on
  bool want_offsets = false;
  bool want_special_mask = false;
  bool want_words = false;
};

// Rows one after another. Special tokens have offsets 0, 0 and word -1.
struct EncodedRows {
  std::vector<int32_t> lengths;
  std::vector<int32_t> ids;
  std::vector<int32_t> type_ids;
  std::vector<int32_t> special_mask;  // 1 for tokens the template added
  std::vector<int32_t> words;
  std::vector<int32_t> offsets;  // start, end of each token in UTF-16 units

  void clear() {
    for (auto* field : {&lengths, &ids, &type_ids, &special_mask, &words, &offsets}) field->clear();
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

  // Appends one row to `out`. Stops reading a text once truncation is sure to drop the rest.
  void encode(const TextPair& texts, const EncodeOptions& options, Workspace& workspace, EncodedRows& out,
              Cancelled cancelled = nullptr) const;

  // How many special tokens the template adds.
  size_t special_count(bool pair) const;

 private:
  void encode_single(SequenceEncoder& first, const EncodeOptions& options) const;
  void encode_pair(SequenceEncoder& first, SequenceEncoder& second, const EncodeOptions& options) const;
  void append(const SequenceEncoder& first, const SequenceEncoder* second, const EncodeOptions& options,
              EncodedRows& out) const;

  WordRules rules_;
  WordPiece model_;
  Templates templates_;
};

}  // namespace gridstride::text
