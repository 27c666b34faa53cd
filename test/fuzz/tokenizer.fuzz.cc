// libFuzzer: texts, options and vocabularies made from bytes. Besides what the sanitizers find, each row must hold
// together: ids are known, offsets lie in the text and do not go back, truncation keeps its length and drops only ends.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "native/core/error.h"
#include "native/text/models/merge_trainer.h"
#include "native/text/normalizers/forms.h"
#include "native/text/normalizers/precompiled.h"
#include "native/text/normalizers/sentencepiece.h"
#include "native/text/normalizers/simple_steps.h"
#include "native/text/tokenizer.h"

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
        u"ab# \t.,!'[]CLSMAK\u00e9\u0301\u4e2d\ud55c\u0130\u03a3\U0001f600\U00020000\v\u00a0\u200d\ufffd\uf900\u2581><";
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

// Merges of any ids, some of no token at all.
BpeOptions bpe_of(Bytes& bytes) {
  BpeOptions options;
  const uint8_t flags = bytes.next();
  options.byte_level = (flags & 1) != 0;
  options.byte_fallback = (flags & 2) != 0;
  options.ignore_merges = (flags & 4) != 0;
  options.fuse_unk = (flags & 8) != 0;
  if ((flags & 16) != 0) options.unk_id = 0;
  for (uint32_t i = 0; i < flags >> 5; ++i) {
    const auto id = [&] { return bytes.next() % kTokens; };
    options.merges.push_back({id(), id(), id()});
  }
  return options;
}

// Scores of any size, pieces that are none among them.
UnigramOptions unigram_of(Bytes& bytes, size_t entries) {
  UnigramOptions options;
  const uint8_t flags = bytes.next();
  for (size_t i = 0; i < entries; ++i) {
    const uint8_t score = bytes.next();
    options.scores.push_back(score == 255 ? std::nan("") : -double(score) / 8);
    if (score % 16 == 15) options.symbols.push_back(static_cast<uint32_t>(i));
  }
  options.unk_score = -42;
  options.byte_fallback = (flags & 1) != 0;
  options.is_single = (flags & 2) != 0;
  if ((flags & 4) != 0) options.unk_id = 0;
  return options;
}

// A character map of a few real units and any others.
std::string charsmap_of(Bytes& bytes) {
  const uint32_t units = bytes.next() % 64;
  std::string map;
  const auto put = [&](uint32_t value) {
    for (int shift = 0; shift < 32; shift += 8) map.push_back(static_cast<char>(value >> shift));
  };
  put(bytes.next() % 8 == 0 ? units * 5 : units * 4);
  for (uint32_t i = 0; i < units; ++i) {
    const uint8_t kind = bytes.next();
    put(kind < 160 ? (i & 0xFFu) | uint32_t{kind} << 8 : uint32_t{bytes.next()} << (kind % 25));
  }
  for (size_t i = bytes.next() % 32; i > 0; --i) map.push_back(static_cast<char>(bytes.next()));
  return map;
}

std::shared_ptr<const NormalizerStep> step_of(Bytes& bytes) {
  const uint8_t kind = bytes.next();
  const auto codes = [&](size_t least) {
    Codes made = code_points(bytes.text(kind / 16 % 4));
    while (made.size() < least) made.push_back('a');
    return made;
  };
  switch (kind % 9) {
    case 0:
      return std::make_shared<ReplaceStep>(codes(1), codes(0));
    case 1:
      return std::make_shared<ReplaceSpacesStep>(1 + kind / 64, codes(0));
    case 2:
      return std::make_shared<ReplaceWhitespaceStep>(codes(0));
    case 3:
      return std::make_shared<PrependStep>(codes(0));
    case 4:
      return std::make_shared<StripStep>((kind & 32) != 0, (kind & 64) != 0);
    case 5:
      return std::make_shared<CharacterStep>(static_cast<CharacterStep::Kind>(kind / 16 % 3));
    case 6:
      return std::make_shared<FormStep>((kind & 32) != 0, (kind & 64) != 0);
    case 7:
      return std::make_shared<PrecompiledStep>(charsmap_of(bytes));
    default: {
      SentencePieceOptions options{charsmap_of(bytes), (kind & 16) != 0, (kind & 32) != 0, (kind & 64) != 0,
                                   (kind & 128) != 0,  {u"##b"}};
      return std::make_shared<SentencePieceStep>(options);
    }
  }
}

TokenizerSpec spec_of(Bytes& bytes) {
  TokenizerSpec spec;
  const uint8_t flags = bytes.next();
  spec.normalizer = {(flags & 1) != 0, (flags & 2) != 0, (flags & 4) != 0, (flags & 8) != 0};
  const uint8_t split = bytes.next();
  const uint8_t marks = bytes.next();
  spec.split = {static_cast<SplitKind>(split % 10), 1 + split % 3u, (split & 32) != 0 ? uint32_t{' '} : 0,
                (split & 64) != 0, (marks & 1) != 0};
  if ((marks & 2) != 0) spec.split.space = 0x2581;
  if ((marks & 4) != 0 && spec.split.prefix != 0) spec.split.prefix = 0x2581;
  for (uint8_t i = marks >> 6; i > 0; --i) spec.steps.push_back(step_of(bytes));
  spec.language_codes = (marks & 8) != 0;
  spec.trim_offsets = (flags & 64) != 0;
  spec.trim_after_prefix = (split & 128) != 0;
  if ((flags & 128) != 0) {
    spec.model = bpe_of(bytes);
  } else {
    spec.model = WordPieceOptions{(flags & 32) != 0 ? u"##" : u"", 0, (flags & 16) != 0 ? 100u : 5u};
  }
  spec.vocabulary = {{u"[UNK]", 0}, {u"a", 1}, {u"##b", 2}, {u"ab", 3}, {u"e", 4}, {u".", 5}, {u"\u2581", 6}};
  for (uint32_t id = 7; id < 12; ++id) spec.vocabulary.emplace_back(bytes.text(bytes.next() % 4), id);
  if ((marks & 48) == 16) spec.model = unigram_of(bytes, spec.vocabulary.size());
  if ((marks & 48) == 32) spec.model = WordLevelOptions{(marks & 8) != 0 ? std::optional<uint32_t>(0) : std::nullopt};
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
  options.overflow = (flags & 16) != 0;
  options.stride = bytes.next() % 4;
  return options;
}

void require(bool claim) {
  if (!claim) std::abort();
}

void check_row(const EncodedRows& rows, size_t first, size_t size, const TextPair& texts, const EncodeOptions& options,
               bool trims) {
  if (options.truncation != Truncation::kNone) require(size <= options.max_length);
  int32_t word[2] = {-1, -1}, start[2] = {0, 0};
  for (size_t i = first; i < first + size; ++i) {
    require(rows.ids[i] >= 0 && rows.ids[i] < static_cast<int32_t>(kTokens));
    if (rows.special_mask[i] == 1) continue;
    const int32_t which = rows.type_ids[i];
    const auto length = static_cast<int32_t>(which == 0 ? texts.first.size() : texts.second->size());
    require(rows.offsets[2 * i] <= rows.offsets[2 * i + 1]);
    // A prefix that trimming leaves out stands past the character it was put before.
    if (!trims) require(rows.offsets[2 * i] >= start[which]);
    require(rows.offsets[2 * i + 1] <= length && rows.words[i] >= word[which]);
    start[which] = rows.offsets[2 * i];
    word[which] = rows.words[i];
  }
}

void check_rows(const EncodedRows& rows, const TextPair& texts, const EncodeOptions& options, bool trims) {
  require(rows.offsets.size() == 2 * rows.ids.size() &&
          rows.lengths.size() == (options.overflow ? rows.fresh.size() : 1));
  size_t first = 0;
  for (const int32_t length : rows.lengths) {
    check_row(rows, first, static_cast<size_t>(length), texts, options, trims);
    first += static_cast<size_t>(length);
  }
  require(first == rows.ids.size());
  for (const int32_t fresh : rows.fresh) require(fresh >= 0);
}

// Without truncation the row is the whole: what truncation from the right leaves must begin it.
void check_prefix(const Tokenizer& tokenizer, const TextPair& texts, EncodeOptions options, const EncodedRows& cut,
                  Workspace& workspace) {
  if (texts.second || options.truncate_left || options.add_special_tokens || options.overflow) return;
  options.truncation = Truncation::kNone;
  EncodedRows whole;
  tokenizer.encode(texts, options, workspace, whole);
  require(cut.ids.size() <= whole.ids.size() && std::equal(cut.ids.begin(), cut.ids.end(), whole.ids.begin()));
}

void train(const std::u16string& text, uint8_t flags) {
  WordRules rules;
  rules.normalizer = Normalizer({true, true, (flags & 1) != 0, (flags & 2) != 0});
  WordCounts counts;
  const bool bytes = (flags & 4) != 0;
  if (bytes) rules.splitter = Splitter({SplitKind::kGpt2});
  count_words(rules, bytes ? Letters::kBytes : Letters::kCharacters, text, counts);
  TrainerOptions options;
  options.vocab_size = 8 + flags % 32;
  options.limit_alphabet = flags % 7;
  options.max_token_length = flags % 5;
  options.special_tokens = {U"[PAD]", U"[UNK]"};
  if (bytes) options.prefix = U"";
  require(train_merges(counts, options).tokens == train_merges(counts, options).tokens);
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
    workspace->model.cache = WordCache(2);
    EncodedRows rows;
    tokenizer.encode(texts, options, *workspace, rows);
    check_rows(rows, texts, options, spec.trim_offsets);
    check_prefix(tokenizer, texts, options, rows, *workspace);
  } catch (const Error&) {
    // A vocabulary with a token twice, or a length that cannot be kept: both are answers.
  }
  return 0;
}
