// Byte-pair encoding in C++: splitters, merges short and long, bytes and characters, trimmed offsets, windows,
// training.
#include "native/text/models/bpe.h"

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "native/text/byte_alphabet.h"
#include "native/text/models/merge_trainer.h"
#include "native/text/tokenizer.h"
#include "test/native/check.h"

using namespace gridstride;
using namespace gridstride::text;
using gridstride::test::check;
using gridstride::test::throws;

namespace {

using Kind = TemplatePart::Kind;
using Ids = std::vector<int32_t>;

// The words of a text, with | between them.
std::u16string split(SplitOptions options, std::u16string_view text) {
  WordRules rules;
  rules.splitter = Splitter(options);
  std::vector<Char> block;
  WordScanner scanner(rules, text, block);
  Word word;
  std::u16string out;
  while (scanner.next(word)) {
    if (!out.empty()) out += u'|';
    for (const Char& c : word.chars) out += static_cast<char16_t>(c.code);
  }
  return out;
}

void check_splits() {
  const SplitOptions gpt2{SplitKind::kGpt2}, gpt4{SplitKind::kGpt4};
  check(split(gpt2, u"I'll don't 'S  x1 2\n\n y?! ") == u"I|'ll| don|'t| '|S| | x|1| 2|\n\n| y|?!| ", "GPT-2's words");
  check(split(gpt2, u"a\u3000b \u00e9\u4e2d \u0663") == u"a|\u3000|b| \u00e9\u4e2d| \u0663", "Unicode classes");
  check(split(gpt4, u"I'LL 12345 x!\r\n  \n a\tb  c") == u"I|'LL| |123|45| x|!\r\n|  \n| a|\tb| | c", "GPT-4's words");
  check(split({SplitKind::kGpt4, 1}, u"12") == u"1|2", "a digit at a time");
  check(split(gpt4, u"b'\u017fa") == u"b|'\u017f|a", "a long s is an s");
  check(split({SplitKind::kGpt2, 3, ' '}, u"ab c") == u" ab| c", "a prefix");
  check(split({SplitKind::kGpt2, 3, ' '}, u" ab") == u" ab", "which is there already");
  check(split({SplitKind::kWhole}, u"a b") == u"a b" && split({SplitKind::kCharacters}, u"a b") == u"a| |b", "others");
  // Blocks are cut at 2048 units: no cut may show in the words.
  bool same = true;
  for (const SplitOptions& options : {gpt2, gpt4}) {
    const std::u16string unit = u"don't  x\n\n 12 ?!\n\t y\u4e2d'Re";
    std::u16string text;
    for (int i = 0; i < 300; ++i) text += unit;
    for (int shift = 0; shift < 40; ++shift, text.insert(text.begin(), u'a')) {
      std::u16string joined = split(options, text);
      const std::u16string again = split(options, std::u16string_view(text).substr(text.size() - unit.size() * 20));
      same &= joined.ends_with(again.substr(again.find(u'|')));
      std::erase(joined, u'|');
      same &= joined == text;
    }
  }
  check(same, "long texts give the words of their parts");
}

// Ids 0 to 255 are bytes; then the tokens that merges make.
TokenizerSpec byte_spec(const std::vector<std::pair<std::u16string, std::u16string>>& merges) {
  TokenizerSpec spec;
  spec.split.kind = SplitKind::kGpt2;
  for (uint32_t byte = 0; byte < 256; ++byte) {
    spec.vocabulary.emplace_back(std::u16string(1, static_cast<char16_t>(byte_characters()[byte])), byte);
  }
  BpeOptions options;
  options.byte_level = true;
  const auto id_of = [&](const std::u16string& token) {
    const auto found =
        std::find_if(spec.vocabulary.begin(), spec.vocabulary.end(), [&](const auto& e) { return e.first == token; });
    if (found != spec.vocabulary.end()) return found->second;
    spec.vocabulary.emplace_back(token, static_cast<uint32_t>(spec.vocabulary.size()));
    return spec.vocabulary.back().second;
  };
  for (const auto& [left, right] : merges) {
    const uint32_t first = id_of(left), second = id_of(right);
    options.merges.push_back({first, second, id_of(left + right)});
  }
  spec.model = options;
  spec.templates.single = {{Kind::kFirst, 0}};
  spec.templates.pair = {{Kind::kFirst, 0}, {Kind::kSecond, 1}};
  return spec;
}

EncodedRows rows_of(const Tokenizer& tokenizer, const TextPair& texts, EncodeOptions options = {}) {
  Workspace workspace;
  EncodedRows rows;
  options.want_offsets = true;
  tokenizer.encode(texts, options, workspace, rows);
  return rows;
}

void check_bytes() {
  const Tokenizer tokenizer(byte_spec({{u"a", u"a"}, {u"b", u"a"}, {u"aa", u"aa"}, {u"\u00c3", u"\u00a9"}}));
  check(rows_of(tokenizer, {u"baa"}).ids == Ids({'b', 256}), "the lower rank first");
  check(rows_of(tokenizer, {u"ba"}).ids == Ids({257}), "then the higher");
  check(rows_of(tokenizer, {u"\u00e9"}).ids == Ids({259}), "bytes of a character");
  const EncodedRows cut = rows_of(tokenizer, {u"x\U0001f600"});
  check(cut.offsets == Ids({0, 1, 1, 3, 1, 3, 1, 3, 1, 3}), "bytes have the range of their character");
  check(rows_of(tokenizer, {u"\xd800"}).ids == Ids({0xEF, 0xBF, 0xBD}), "a lone surrogate is U+FFFD");
  // Past 40 symbols a queue finds the pairs: the same merges, from left to right.
  Ids expected(250, 258);
  expected.push_back(256);
  check(rows_of(tokenizer, {std::u16string(1002, u'a')}).ids == expected, "a long word");
  const std::u16string huge(1 << 20, u'a');
  check(rows_of(tokenizer, {huge}).ids.size() == (1 << 18), "a word of a megabyte");
}

void check_characters() {
  TokenizerSpec spec;
  spec.split.kind = SplitKind::kWhole;
  spec.vocabulary = {{u"<unk>", 0}, {u"a", 1}, {u"b", 2}, {u"ab", 3}, {u"<0xC3>", 4}, {u"<0xA9>", 5}};
  BpeOptions options;
  options.unk_id = 0;
  options.merges = {{1, 2, 3}};
  spec.model = options;
  spec.templates.single = {{Kind::kFirst, 0}};
  check(rows_of(Tokenizer(spec), {u"abxyb"}).ids == Ids({3, 0, 0, 2}), "unknown characters one by one");
  options.fuse_unk = options.byte_fallback = true;
  spec.model = options;
  const EncodedRows rows = rows_of(Tokenizer(spec), {u"a\u00e9xyb"});
  check(rows.ids == Ids({1, 4, 5, 0, 2}), "bytes where they are known, unknown ones fused");
  check(rows.offsets == Ids({0, 1, 1, 2, 1, 2, 2, 4, 4, 5}), "and their ranges");
  options.ignore_merges = true;
  options.merges.clear();
  spec.model = options;
  check(rows_of(Tokenizer(spec), {u"ab"}).ids == Ids({3}), "a word that is a token needs no merge");
  spec.vocabulary.emplace_back(u"a", 9);
  check(throws(ErrorCode::kTokenizer, [&] { Tokenizer twice(spec); }), "a token with two ids is refused");
}

void check_trimming() {
  TokenizerSpec spec = byte_spec({{u"\u0120", u"a"}});
  spec.trim_offsets = true;
  spec.added = {{u"<m>", 300, false, true, false, false}};
  check(rows_of(Tokenizer(spec), {u" a  a <m>"}).offsets == Ids({1, 2, 3, 3, 4, 5, 6, 9}), "white space is left out");
  spec.split.prefix = ' ';
  spec.trim_after_prefix = true;
  check(rows_of(Tokenizer(spec), {u"a a"}).offsets == Ids({0, 1, 2, 3}), "not where a prefix was put");
}

void check_windows() {
  const Tokenizer tokenizer(byte_spec({}));
  EncodeOptions options;
  options.truncation = Truncation::kLongestFirst;
  options.max_length = 4;
  options.overflow = true;
  options.stride = 1;
  const EncodedRows rows = rows_of(tokenizer, {u"abcdefgh"}, options);
  check(rows.ids == Ids({'a', 'b', 'c', 'd', 'd', 'e', 'f', 'g', 'g', 'h'}), "windows of a text");
  check(rows.lengths == Ids({4, 4, 2}) && rows.rows == Ids({3}) && rows.fresh == Ids({4, 3, 1}), "and their sizes");
  options.truncate_left = true;
  check(rows_of(tokenizer, {u"abcdef"}, options).ids == Ids({'c', 'd', 'e', 'f', 'a', 'b', 'c'}), "from the left");
  options.truncate_left = false;
  const EncodedRows pairs = rows_of(tokenizer, {u"abc", u"vwxyz"}, options);
  check(pairs.rows == Ids({8}) && pairs.ids.size() == size_t{8 * 4}, "every window of one with every one of the other");
  options.truncation = Truncation::kOnlySecond;
  check(rows_of(tokenizer, {u"a", u"wxyz"}, options).ids == Ids({'a', 'w', 'x', 'y', 'a', 'y', 'z'}), "of the second");
  options.stride = 4;
  check(throws(ErrorCode::kConfig, [&] { rows_of(tokenizer, {u"abcdefgh"}, options); }) == false &&
            throws(ErrorCode::kConfig,
                   [&] {
                     rows_of(tokenizer, {u"a", u"wxyz"}, options);
                   }),
        "a stride that never ends is refused");
}

void check_training() {
  WordRules rules;
  rules.splitter = Splitter({SplitKind::kGpt2});
  WordCounts counts;
  for (const char16_t* text : {u"low low lower", u" low caf\u00e9"}) count_words(rules, Letters::kBytes, text, counts);
  check(counts.at(U"\u0120low") == 2 && counts.at(U"\u0120caf\u00c3\u00a9") == 1, "words of bytes are counted");
  TrainerOptions options;
  options.vocab_size = 18;
  options.prefix = U"";
  const TrainedVocabulary trained = train_merges(counts, options);
  check(trained.tokens.size() == 18 && trained.merges.size() == 7, "as many tokens as asked for");
  const Merge& first = trained.merges[0];
  check(trained.tokens[first.left] == U"l" && trained.tokens[first.merged] == U"lo", "the most frequent pair first");
}

// One tokenizer serves any number of threads, each with memory of its own.
void check_threads() {
  const Tokenizer tokenizer(byte_spec({{u"a", u"a"}, {u"b", u"a"}, {u"\u0120", u"b"}}));
  const std::u16string text = u"baa ab \u00e9 aaaa bababa aab";
  const Ids expected = rows_of(tokenizer, {text}).ids;
  std::vector<std::thread> threads;
  std::atomic<int> same{0};
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      Workspace workspace;
      EncodedRows rows;
      for (int k = 0; k < 200; ++k) {
        rows.clear();
        tokenizer.encode({text}, {}, workspace, rows);
        same += rows.ids == expected;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  check(same == 4 * 200, "threads share a tokenizer");
}

}  // namespace

int main() {
  check_splits();
  check_bytes();
  check_characters();
  check_trimming();
  check_windows();
  check_training();
  check_threads();
  return gridstride::test::close();
}
