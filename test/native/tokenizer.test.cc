// The tokenizer's C++ parts by themselves: Unicode tables, normaliser, WordPiece, added tokens, templates, truncation,
// stopping early, training.
#include "native/text/tokenizer.h"

#include <algorithm>
#include <string>
#include <vector>

#include "native/text/models/merge_trainer.h"
#include "test/native/check.h"

using namespace gridstride;
using namespace gridstride::text;
using gridstride::test::check;
using gridstride::test::throws;

namespace {

using Kind = TemplatePart::Kind;

enum Id : uint32_t { kPad, kUnk, kCls, kSep, kUn, kWant, kAble, kA, kB, kCafe, kBang, kExtra = 100 };

TokenizerSpec small_spec() {
  TokenizerSpec spec;
  spec.normalizer = {true, true, true, true};
  spec.model = WordPieceOptions{u"##", kUnk, 100};
  spec.vocabulary = {{u"[PAD]", kPad}, {u"[UNK]", kUnk},   {u"[CLS]", kCls},   {u"[SEP]", kSep},
                     {u"un", kUn},     {u"##want", kWant}, {u"##able", kAble}, {u"a", kA},
                     {u"b", kB},       {u"cafe", kCafe},   {u"!", kBang}};
  spec.added = {{u"[SEP]", kSep}, {u"<x>", kExtra, false, true, true}};
  spec.templates.single = {{Kind::kSpecial, 0, kCls}, {Kind::kFirst, 0}, {Kind::kSpecial, 0, kSep}};
  spec.templates.pair = spec.templates.single;
  spec.templates.pair.push_back({Kind::kSecond, 1});
  spec.templates.pair.push_back({Kind::kSpecial, 1, kSep});
  return spec;
}

using Ids = std::vector<int32_t>;

Ids ids_of(const TextPair& texts, const EncodeOptions& options = {}) {
  static const Tokenizer tokenizer(small_spec());
  static Workspace workspace;
  EncodedRows rows;
  tokenizer.encode(texts, options, workspace, rows);
  return rows.ids;
}

std::u16string repeated(std::u16string_view text, size_t times) {
  std::u16string out;
  for (size_t i = 0; i < times; ++i) out += text;
  return out;
}

void check_unicode() {
  check(flags_of(0x110000) == 0 && flags_of(UINT32_MAX) == 0, "code points past the last have no flags");
  check((flags_of(0xD800) & kRemoved) != 0, "a lone surrogate is removed by cleaning");
  check(lower_case(0x130).count == 2 && lower_case(0x130).code[1] == 0x307, "dotted I becomes two code points");
  check(lower_case(0x3A3).code[0] == 0x3C3, "sigma has no final form");
  check(strip_accents(0xE9).code[0] == 'e' && strip_accents(0xE9).count == 1, "an accent goes");
  check(strip_accents(0x301).count == 0, "a mark alone goes");
  check(strip_accents(0xD55C).count == 3 && strip_accents(0xD558).count == 2, "Hangul becomes jamo");
  bool ordered = true;
  for (uint32_t c = 0; c <= 0x10FFFF; ++c) {
    const Mapping lower = lower_case(c), plain = strip_accents(c);
    ordered &= lower.count >= 1 && lower.count <= 2 && plain.count <= 3;
    if ((flags_of(c) & kLower) == 0) ordered &= lower.code[0] == c;
  }
  check(ordered, "every code point maps to itself or to few");
}

void check_wordpiece() {
  check(ids_of({u"unwantable"}) == Ids({kCls, kUn, kWant, kAble, kSep}), "longest pieces from the left");
  check(ids_of({u"unwantablex a"}) == Ids({kCls, kUnk, kA, kSep}), "a word with a strange end is unknown as a whole");
  check(ids_of({u"Caf\u00e9!"}) == Ids({kCls, kCafe, kBang, kSep}), "case, accent and punctuation");
  check(ids_of({u"\xD800\xDC00 a \xDC00 \xD800"}) == Ids({kCls, kUnk, kA, kSep}), "lone surrogates are cleaned away");
  check(ids_of({repeated(u"a", 101)}) == Ids({kCls, kUnk, kSep}), "a word past the limit is unknown");
  check(ids_of({u""}) == Ids({kCls, kSep}), "an empty text has its special tokens");
  check(ids_of({u"a [SEP] b <x>a"}) == Ids({kCls, kA, kSep, kB, kExtra, kA, kSep}), "added tokens in the text");
  check(throws(ErrorCode::kTokenizer,
               [] {
                 TokenizerSpec spec = small_spec();
                 spec.vocabulary.emplace_back(u"a", 77);
                 Tokenizer tokenizer(spec);
               }),
        "a token with two ids is refused");
}

void check_rows() {
  const Tokenizer tokenizer(small_spec());
  Workspace workspace;
  EncodedRows rows;
  EncodeOptions options;
  options.want_offsets = options.want_words = options.want_special_mask = true;
  tokenizer.encode({u"a unwant", u" b"}, options, workspace, rows);
  check(rows.lengths == Ids({7}), "one row");
  check(rows.type_ids == Ids({0, 0, 0, 0, 0, 1, 1}), "type ids of the template");
  check(rows.special_mask == Ids({1, 0, 0, 0, 1, 0, 1}), "special mask");
  check(rows.words == Ids({-1, 0, 1, 1, -1, 0, -1}), "words of each sequence");
  check(rows.offsets == Ids({0, 0, 0, 1, 2, 4, 4, 8, 0, 0, 1, 2, 0, 0}), "offsets into each text");
}

EncodeOptions cut(Truncation how, uint32_t length) {
  EncodeOptions options;
  options.truncation = how;
  options.max_length = length;
  options.add_special_tokens = false;
  return options;
}

void check_truncation() {
  const std::u16string ten = repeated(u"a ", 10), twenty = repeated(u"b ", 20);
  const auto count = [](const Ids& ids, int32_t id) { return std::count(ids.begin(), ids.end(), id); };
  Ids ids = ids_of({ten, twenty}, cut(Truncation::kLongestFirst, 7));
  check(count(ids, kA) == 3 && count(ids, kB) == 4, "the second of two long ones gets the odd place");
  ids = ids_of({twenty, ten}, cut(Truncation::kLongestFirst, 7));
  check(count(ids, kA) == 4 && count(ids, kB) == 3, "also when the first has more tokens beyond what is counted");
  ids = ids_of({repeated(u"unwantable ", 9), twenty}, cut(Truncation::kLongestFirst, 7));
  check(count(ids, kB) == 3, "a word is counted whole");
  ids = ids_of({repeated(u"[SEP]", 20), repeated(u"unwantable ", 9)}, cut(Truncation::kLongestFirst, 7));
  check(count(ids, kSep) == 4, "added tokens are counted to their end");
  ids = ids_of({repeated(u"a [SEP]", 20), repeated(u"[SEP] a", 20)}, cut(Truncation::kLongestFirst, 8));
  check(ids == Ids({kA, kSep, kA, kSep, kSep, kA, kSep, kA}), "in the middle of a text they stop nothing");
  ids = ids_of({ten, twenty}, cut(Truncation::kLongestFirst, 25));
  check(count(ids, kA) == 10 && count(ids, kB) == 15, "a short one stays whole");
  check(throws(ErrorCode::kTokenizer,
               [&] {
                 ids_of({ten, twenty}, cut(Truncation::kOnlyFirst, 20));
               }),
        "no room beside the other sequence");
  check(throws(ErrorCode::kTokenizer, [&] { ids_of({ten}, cut(Truncation::kOnlySecond, 5)); }), "no second to cut");
  EncodeOptions tight = cut(Truncation::kLongestFirst, 1);
  tight.add_special_tokens = true;
  check(throws(ErrorCode::kConfig, [&] { ids_of({ten}, tight); }), "no room for the special tokens");
  tight = cut(Truncation::kLongestFirst, 2);
  tight.truncate_left = true;
  check(ids_of({u"a a a b !"}, tight) == Ids({kB, kBang}), "the left end gives way");
}

void check_blocks() {
  // Blocks are cut at 2048 units: no cut may show in the tokens.
  bool same = true;
  std::u16string shifted;
  for (const char16_t* unit :
       {u"unwantable <x> caf\u00e9! [SEP] a\u000bb ", u"unwantable caf\u00e9\u0301! a\u000bb a\u4e2db "}) {
    shifted = repeated(unit, 300);
    const Ids once = ids_of({unit});
    Ids expected;
    for (int i = 0; i < 300; ++i) expected.insert(expected.end(), once.begin() + 1, once.end() - 1);
    for (int i = 0; i < 40; ++i) {
      const Ids ids = ids_of({shifted});
      same &= Ids(ids.begin() + 1, ids.end() - 1) == expected;
      shifted.insert(shifted.begin(), u' ');
    }
  }
  check(same, "long texts give the tokens of their parts");
  std::atomic<bool> cancelled{true};
  const Tokenizer tokenizer(small_spec());
  Workspace workspace;
  EncodedRows rows;
  check(throws(ErrorCode::kAborted, [&] { tokenizer.encode({shifted}, {}, workspace, rows, &cancelled); }),
        "a cancelled call stops");
}

void check_training() {
  WordRules rules;
  rules.normalizer = Normalizer({true, true, true, true});
  WordCounts counts;
  for (const char16_t* text : {u"low low low lower", u"new newer newest", u"Low \u4e2d"})
    count_words(rules, Letters::kCharacters, text, counts);
  check(counts.at(U"low") == 4 && counts.at(U"\u4e2d") == 1, "words are counted after normalisation");
  TrainerOptions options;
  options.vocab_size = 25;
  options.special_tokens = {U"[PAD]", U"[UNK]"};
  const auto tokens = train_merges(counts, options).tokens;
  check(tokens.size() == 25 && tokens[0] == U"[PAD]" && tokens[1] == U"[UNK]" && tokens[2] == U"e", "the first ids");
  check(std::find(tokens.begin(), tokens.end(), U"low") != tokens.end(), "a frequent word becomes a token");
  check(train_merges(counts, options).tokens == tokens, "equal counts give equal tokens");
  options.limit_alphabet = 3;
  const auto few = train_merges(counts, options).tokens;
  check(std::find(few.begin(), few.end(), U"\u4e2d") == few.end(), "rare characters are left out");
  options.min_frequency = 1000;
  options.limit_alphabet = 0;
  const auto characters = train_merges(counts, options).tokens;
  check(std::find(characters.begin(), characters.end(), U"low") == characters.end(), "rare pairs are not joined");
}

}  // namespace

int main() {
  check_unicode();
  check_wordpiece();
  check_rows();
  check_truncation();
  check_blocks();
  check_training();
  return gridstride::test::close();
}
