// libFuzzer: texts, options and vocabularies made from bytes. Besides what the sanitizers find, each row must hold
// together: ids are known, offsets lie in the text and do not go back, truncation keeps its length and drops only ends.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "native/core/error.h"
#include "native/text/tokenizer.h"
#include "native/text/wordpiece_trainer.h"

using namespace gridstride;
using namespace gridstride::text;

namespace {

class Bytes {
 public:
  Bytes(const uint8_t* data, size_t size) : data_(data), size_(size) {}
  uint8_t next() { return at_ < size_ ? data_[at_++] : 0; }

  // Mostly characters that mean something to the tokenizer, else any UTF-16 unit.
  std::u16string text(size_t length) {
    static const std::u16string kUnits =
        u"ab# \t.,!'[]CLSMAK\u00e9\u0301\u4e2d\ud55c\u0130\u03a3\U0001f600\U00020000\v\u00a0\u200d\ufffd\uf900";
    std::u16string out;
    while (out.size() < length && at_ < size_) {
      const uint8_t byte = next();
      out.push_back(byte < 200 ? kUnits[byte % kUnits.size()] : static_cast<char16_t>(byte << 8 | next()));
    }
    return out;
  }

 private:
  const uint8_t* data_;
  size_t size_;
  size_t at_ = 0;
};

constexpr uint32_t kTokens = 24;

TokenizerSpec spec_of(Bytes& bytes) {
  TokenizerSpec spec;
  const uint8_t flags = bytes.next();
  spec.normalizer = {(flags & 1) != 0, (flags & 2) != 0, (flags & 4) != 0, (flags & 8) != 0};
  spec.model.max_chars_per_word = (flags & 16) != 0 ? 100 : 5;
  spec.model.prefix = (flags & 32) != 0 ? u"##" : u"";
  spec.vocabulary = {{u"[UNK]", 0}, {u"a", 1}, {u"##b", 2}, {u"ab", 3}, {u"e", 4}, {u".", 5}, {u"\u4e2d", 6}};
  for (uint32_t id = 7; id < 12; ++id) spec.vocabulary.emplace_back(bytes.text(bytes.next() % 4), id);
  for (uint32_t id = 12; id < kTokens - 8; ++id) {
    const uint8_t kind = bytes.next();
    spec.added.push_back({id % 2 == 0 ? u"[MASK]" : bytes.text(kind % 5), id, (kind & 8) != 0, (kind & 16) != 0,
                          (kind & 32) != 0, (kind & 64) != 0});
  }
  using Kind = TemplatePart::Kind;
  spec.templates.single = {{Kind::kSpecial, 0, kTokens - 2}, {Kind::kFirst, 0}, {Kind::kSpecial, 0, kTokens - 1}};
  spec.templates.pair = spec.templates.single;
  spec.templates.pair.push_back({Kind::kSecond, 1});
  return spec;
}

EncodeOptions options_of(Bytes& bytes) {
  EncodeOptions options;
  const uint8_t flags = bytes.next();
  options.truncation = static_cast<Truncation>(flags & 3);
  options.truncate_left = (flags & 4) != 0;
  options.add_special_tokens = (flags & 8) != 0;
  options.want_offsets = options.want_special_mask = options.want_words = true;
  options.max_length = bytes.next() % 16;
  return options;
}

void require(bool claim) {
  if (!claim) std::abort();
}

void check_row(const EncodedRows& rows, const TextPair& texts, const EncodeOptions& options) {
  const size_t size = rows.ids.size();
  require(rows.lengths.size() == 1 && static_cast<size_t>(rows.lengths[0]) == size && rows.offsets.size() == 2 * size);
  if (options.truncation != Truncation::kNone) require(size <= options.max_length);
  int32_t word[2] = {-1, -1}, start[2] = {0, 0};
  for (size_t i = 0; i < size; ++i) {
    require(rows.ids[i] >= 0 && rows.ids[i] < static_cast<int32_t>(kTokens));
    if (rows.special_mask[i] == 1) continue;
    const int32_t which = rows.type_ids[i];
    const auto length = static_cast<int32_t>(which == 0 ? texts.first.size() : texts.second->size());
    require(rows.offsets[2 * i] >= start[which] && rows.offsets[2 * i] <= rows.offsets[2 * i + 1]);
    require(rows.offsets[2 * i + 1] <= length && rows.words[i] >= word[which]);
    start[which] = rows.offsets[2 * i];
    word[which] = rows.words[i];
  }
}

// Without truncation the row is the whole: what truncation from the right leaves must begin it.
void check_prefix(const Tokenizer& tokenizer, const TextPair& texts, EncodeOptions options, const EncodedRows& cut,
                  Workspace& workspace) {
  if (texts.second || options.truncate_left || options.add_special_tokens) return;
  options.truncation = Truncation::kNone;
  EncodedRows whole;
  tokenizer.encode(texts, options, workspace, whole);
  require(cut.ids.size() <= whole.ids.size() && std::equal(cut.ids.begin(), cut.ids.end(), whole.ids.begin()));
}

void train(const std::u16string& text, uint8_t flags) {
  WordRules rules;
  rules.normalizer = Normalizer({true, true, (flags & 1) != 0, (flags & 2) != 0});
  WordCounts counts;
  count_words(rules, text, counts);
  TrainerOptions options;
  options.vocab_size = 8 + flags % 32;
  options.limit_alphabet = flags % 7;
  options.max_token_length = flags % 5;
  options.special_tokens = {U"[PAD]", U"[UNK]"};
  require(train_wordpiece(counts, options) == train_wordpiece(counts, options));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static Workspace* const workspace = new Workspace;
  Bytes bytes(data, size);
  try {
    const TokenizerSpec spec = spec_of(bytes);
    const EncodeOptions options = options_of(bytes);
    const bool paired = (bytes.next() & 1) != 0;
    const std::u16string first = bytes.text(1 + bytes.next() * 16), second = bytes.text(256);
    TextPair texts{first};
    if (paired) texts.second = second;
    train(first, bytes.next());
    const Tokenizer tokenizer(spec);
    workspace->cache = WordCache(2);
    EncodedRows rows;
    tokenizer.encode(texts, options, *workspace, rows);
    check_row(rows, texts, options);
    check_prefix(tokenizer, texts, options, rows, *workspace);
  } catch (const Error&) {
    // A vocabulary with a token twice, or a length that cannot be kept: both are answers.
  }
  return 0;
}
