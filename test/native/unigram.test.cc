// Unigram, WordLevel, normalisers and SentencePiece's parts in C++: best paths, unknown text, alignments, forms,
// character maps, and that no cut between blocks shows.
#include "native/text/models/unigram.h"

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "native/text/normalizers/forms.h"
#include "native/text/normalizers/precompiled.h"
#include "native/text/normalizers/sentencepiece.h"
#include "native/text/normalizers/simple_steps.h"
#include "native/text/tokenizer.h"
#include "test/native/check.h"

using namespace gridstride;
using namespace gridstride::text;
using gridstride::test::check;
using gridstride::test::throws;

namespace {

using Ids = std::vector<int32_t>;

// A text after one step: its characters, and their ranges.
struct Result {
  std::u16string text;
  Ids places;
  bool operator==(const Result&) const = default;
};

Result after(std::shared_ptr<const NormalizerStep> step, std::u16string_view text) {
  const Normalizer normalizer(NormalizerOptions{}, {std::move(step)});
  std::vector<Char> chars;
  normalizer.append(text, {0, text.size()}, chars);
  Result result;
  for (const Char& c : chars) {
    result.text += static_cast<char16_t>(c.code);
    result.places.push_back(static_cast<int32_t>(c.start));
    result.places.push_back(static_cast<int32_t>(c.end));
  }
  return result;
}

Codes codes(std::u16string_view text) { return code_points(text); }

void check_steps() {
  using Kind = CharacterStep::Kind;
  const auto replace = std::make_shared<ReplaceStep>(codes(u"ab"), codes(u"xyz"));
  check(after(replace, u"1ab2") == Result{u"1xyz2", {0, 1, 2, 3, 2, 3, 2, 3, 3, 4}}, "what is new has the last range");
  const auto spaces = std::make_shared<ReplaceSpacesStep>(2, codes(u"_"));
  check(after(spaces, u"a b   c") == Result{u"a b_c", {0, 1, 1, 2, 2, 3, 5, 6, 6, 7}}, "runs of spaces");
  check(after(std::make_shared<ReplaceWhitespaceStep>(codes(u"_")), u"a\n b\tc d").text == u"a_b_c d", "white space");
  const auto prepend = std::make_shared<PrependStep>(codes(u"xy"));
  check(after(prepend, u"a") == Result{u"xya", {0, 1, 0, 1, 0, 1}} && after(prepend, u"").text.empty(), "a prefix");
  check(after(std::make_shared<StripStep>(true, true), u" \u00e9 \t") == Result{u"\u00e9", {1, 2}}, "ends");
  check(after(std::make_shared<StripStep>(false, true), u" a ").text == u" a", "one end");
  const auto lower = std::make_shared<CharacterStep>(Kind::kLowercase);
  check(after(lower, u"A\u0130b") == Result{u"ai\u0307b", {0, 1, 1, 2, 1, 2, 2, 3}}, "a letter that becomes two");
  check(after(std::make_shared<CharacterStep>(Kind::kNmt), u"a\u0001\u200bb").text == u"a b", "for translation");
  check(after(std::make_shared<CharacterStep>(Kind::kStripAccents), u"a\u0301\u00e9").text == u"a\u00e9", "marks");
}

void check_forms() {
  const auto form = [](bool compatible, bool composes, std::u16string_view text) {
    return after(std::make_shared<FormStep>(compatible, composes), text).text;
  };
  check(form(false, false, u"\u00e9\u1e69\ud55c") == u"e\u0301s\u0323\u0307\u1112\u1161\u11ab", "NFD");
  check(form(false, true, u"e\u0301s\u0307\u0323\u1112\u1161\u11ab") == u"\u00e9\u1e69\ud55c", "NFC");
  check(form(true, false, u"\ufb01\u00bd\u2122") == u"fi1\u20442TM", "NFKD");
  check(form(true, true, u"\uff21\u0308\uac00\u11a8") == u"\u00c4\uac01", "NFKC");
  check(form(false, true, u"\u0301a\u0327\u0301") == u"\u0301\u00e1\u0327", "a mark that goes past another");
  check(form(false, true, u"\u212b\u0344\u0958") == u"\u00c5\u0308\u0301\u0915\u093c", "what never composes");
}

// A character map of single bytes: the double array is written out.
std::string charsmap(const std::vector<std::pair<char, std::string>>& rules) {
  std::vector<uint32_t> units(512, 0x80000000u);
  std::string results;
  units[0] = 256u << 10;  // children of the root stand at 256 ^ byte
  for (const auto& [byte, result] : rules) {
    const uint32_t at = 256u ^ static_cast<uint8_t>(byte), leaf = static_cast<uint8_t>(byte);
    // The leaf stands at the child's place ^ its offset: 0 ^ byte.
    units[at] = (at ^ leaf) << 10 | 1u << 8 | static_cast<uint8_t>(byte);
    units[leaf] = 0x80000000u | static_cast<uint32_t>(results.size());
    results += result + '\0';
  }
  std::string map;
  const auto put = [&](uint32_t value) {
    for (int shift = 0; shift < 32; shift += 8) map.push_back(static_cast<char>(value >> shift));
  };
  put(static_cast<uint32_t>(units.size() * 4));
  for (const uint32_t unit : units) put(unit);
  return map + results;
}

void check_charsmaps() {
  const std::string map = charsmap({{'a', "xy"}, {'b', ""}, {'c', " "}});
  const Charsmap read(map);
  check(read.longest("abc")->text == "xy" && !read.shortest("z") && read.may_begin('c'), "a map is read");
  const auto precompiled = std::make_shared<PrecompiledStep>(map);
  check(after(precompiled, u"zaz") == Result{u"zxyz", {0, 1, 1, 2, 1, 2, 2, 3}}, "a character becomes two");
  check(after(precompiled, u"zbz") == Result{u"zz", {0, 1, 2, 3}}, "or none");
  check(after(precompiled, u"a\u0301z").text == u"xyz", "a map takes a whole grapheme for its first character");
  check(after(precompiled, u"a\u0301\u0301\u0301z").text == u"xy\u0301\u0301\u0301z", "but a long one");
  check(throws(ErrorCode::kTokenizer, [&] { Charsmap(std::string_view(map).substr(0, 100)); }), "a map cut off");
  SentencePieceOptions options;
  options.charsmap = map;
  options.symbols = {u"ab"};
  const auto spm = std::make_shared<SentencePieceStep>(options);
  check(after(spm, u"  z c  ab  ") == Result{u"\u2581z\u2581ab", {2, 2, 2, 3, 3, 4, 7, 9, 7, 9}},
        "SentencePiece's own");
  check(after(spm, u" c ").text.empty(), "nothing but spaces");
  options = {"", false, false, false, true, {}};
  check(after(std::make_shared<SentencePieceStep>(options), u" a ").text == u" a ", "and with everything off");
}

// Pieces a, b, ab, the mark with a, and a token that is no piece.
TokenizerSpec unigram_spec(UnigramOptions options = {}) {
  TokenizerSpec spec;
  spec.vocabulary = {{u"<unk>", 0}, {u"a", 1}, {u"b", 2}, {u"ab", 3}, {u"\u2581a", 4}, {u"zz", 5}, {u"<0x7A>", 6}};
  options.scores = {0, -2, -2, -3, -1, std::nan(""), -9};
  options.unk_id = 0;
  options.unk_score = -20;
  spec.model = options;
  spec.split.kind = SplitKind::kWhole;
  spec.templates.single = {{TemplatePart::Kind::kFirst, 0}, {TemplatePart::Kind::kLanguage, 0}};
  return spec;
}

EncodedRows rows_of(const Tokenizer& tokenizer, std::u16string_view text, EncodeOptions options = {}) {
  Workspace workspace;
  EncodedRows rows;
  options.want_offsets = options.want_words = true;
  tokenizer.encode({text}, options, workspace, rows);
  return rows;
}

void check_unigram() {
  EncodeOptions language;
  language.language = 9;
  const Tokenizer tokenizer(unigram_spec());
  check(rows_of(tokenizer, u"abb", language).ids == Ids({3, 2, 9}), "the best of several, and the language");
  check(rows_of(tokenizer, u"xxab\u2581a", language).ids == Ids({0, 3, 4, 9}), "unknown characters are one");
  check(rows_of(tokenizer, u"zz", language).ids == Ids({5, 9}), "which may be a token together");
  UnigramOptions fallback;
  fallback.byte_fallback = true;
  const EncodedRows bytes = rows_of(Tokenizer(unigram_spec(fallback)), u"azzz", language);
  check(bytes.ids == Ids({1, 6, 6, 6, 9}), "or its bytes");
  check(bytes.offsets == Ids({0, 1, 1, 4, 1, 4, 1, 4, 0, 0}), "all of the same range");
  UnigramOptions symbols;
  symbols.is_single = true;
  symbols.symbols = {1};
  check(rows_of(Tokenizer(unigram_spec(symbols)), u"ab", language).ids == Ids({3, 9}), "scores decide");
  TokenizerSpec mute = unigram_spec();
  std::get<UnigramOptions>(mute.model).unk_id.reset();
  check(throws(ErrorCode::kTokenizer, [&] { rows_of(Tokenizer(mute), u"x"); }), "no unknown token");
  TokenizerSpec twice = unigram_spec();
  twice.vocabulary[2].first = u"a";
  check(throws(ErrorCode::kTokenizer, [&] { Tokenizer{twice}; }), "a token with two ids");
}

void check_words() {
  TokenizerSpec spec;
  spec.split.kind = SplitKind::kWords;
  spec.vocabulary = {{u"ab", 1}, {u"?!", 2}};
  spec.model = WordLevelOptions{0};
  spec.templates.single = {{TemplatePart::Kind::kFirst, 0}};
  check(rows_of(Tokenizer(spec), u" ab?! a_b\u00e9 ").ids == Ids({1, 2, 0}), "words and what is between them");
  spec.model = WordLevelOptions{};
  check(throws(ErrorCode::kTokenizer, [&] { rows_of(Tokenizer(spec), u"x"); }), "an unknown word");
}

// Texts are read in blocks of 2048 units: the same ids, ranges and words as in one block.
void check_blocks() {
  std::u16string text;
  for (int i = 0; i < 900; ++i) text += i % 7 == 0 ? u" ab  b." : u" a\u00e9 ab";
  TokenizerSpec marks = unigram_spec();
  marks.split = {SplitKind::kMarks, 0, 0x2581, false, false, 0x2581};
  marks.steps = {std::make_shared<ReplaceSpacesStep>(2, codes(u" ")), std::make_shared<FormStep>(true, true)};
  TokenizerSpec spaces = marks;
  spaces.split = {SplitKind::kMarkedSpaces, 0, 0x2581, false, true, 0x2581};
  TokenizerSpec whole;
  whole.vocabulary = {{u"a", 1}, {u"b", 2}, {u"ab", 3}, {u"\u2581", 4}, {u"\u2581ab", 5}, {u"\u00e9", 6}, {u".", 7}};
  BpeOptions bpe;
  bpe.merges = {{1, 2, 3}, {4, 3, 5}};
  whole.model = bpe;
  whole.split = {SplitKind::kWhole, 0, 0x2581, true, false, 0x2581};
  whole.templates.single = {{TemplatePart::Kind::kFirst, 0}};
  for (TokenizerSpec spec : {marks, spaces, whole}) {
    const EncodedRows blocks = rows_of(Tokenizer(spec), text);
    // Strange steps and tokens need the text in one piece, and change nothing here.
    spec.added.push_back({u"never there", 99, false, false, false, true});
    const EncodedRows one = rows_of(Tokenizer(spec), text);
    check(blocks.ids == one.ids && blocks.offsets == one.offsets && blocks.words == one.words, "blocks do not show");
    check(blocks.ids.size() > 1000, "there is something to compare");
  }
  check(rows_of(Tokenizer(whole), u"ab ab").words == Ids({0, 0}), "a seam makes no word");
}

}  // namespace

int main() {
  check_steps();
  check_forms();
  check_charsmaps();
  check_unigram();
  check_words();
  check_blocks();
  return gridstride::test::close();
}
