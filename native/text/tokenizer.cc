#include "native/text/tokenizer.h"

#include <algorithm>
#include <limits>

#include "native/core/error.h"

namespace gridstride::text {
namespace {

constexpr size_t kAll = std::numeric_limits<size_t>::max();

// Tokens of the last words, as many as run_through_added() would stop at if it began at the end.
size_t count_from_end(const std::vector<Token>& tokens, size_t limit) {
  size_t count = 0;
  for (size_t i = tokens.size(); i > 0; --i) {
    const Token& token = tokens[i - 1];
    if (count >= limit && !tokens[i].added && token.word != tokens[i].word) break;
    ++count;
  }
  return count;
}

// How long longest-first takes a text to be. Python's tokenizers (0.23.2) goes no further than the word that reaches
// max_length, seen from the end that stays; it looks at the count after a word, but not after an added token. (There it
// loses what overflows beyond that word, too: here overflow holds everything, as its post_process() gives it.)
size_t length_to_compare(SequenceEncoder& text, const EncodeOptions& options) {
  if (options.overflow) return text.tokens().size();
  if (options.truncate_left) return count_from_end(text.tokens(), options.max_length);
  text.run_through_added(options.max_length);
  return text.tokens().size();
}

size_t room(const EncodeOptions& options, size_t special) {
  if (options.max_length >= special) return options.max_length - special;
  throw Error(ErrorCode::kConfig,
              "tokenizer: maxLength must hold the special tokens, got " + std::to_string(options.max_length) + " for " +
                  std::to_string(special),
              {{"maxLength", double(options.max_length)}, {"specialTokens", double(special)}});
}

std::unique_ptr<const Model> model_of(const TokenizerSpec& spec) {
  const Vocabulary& vocabulary = spec.vocabulary;
  if (const auto* bpe = std::get_if<BpeOptions>(&spec.model)) return std::make_unique<Bpe>(*bpe, vocabulary);
  if (const auto* own = std::get_if<UnigramOptions>(&spec.model)) return std::make_unique<Unigram>(*own, vocabulary);
  if (const auto* own = std::get_if<WordLevelOptions>(&spec.model)) return std::make_unique<WordLevel>(*own, vocabulary);
  return std::make_unique<WordPiece>(std::get<WordPieceOptions>(spec.model), vocabulary);
}

std::optional<LanguageCodes> languages_of(const TokenizerSpec& spec) {
  const auto* model = std::get_if<UnigramOptions>(&spec.model);
  if (!spec.language_codes || model == nullptr) return std::nullopt;
  LanguageCodes languages;
  languages.unk_id = model->unk_id.value_or(0);
  for (const auto& [token, id] : spec.vocabulary) {
    if (!token.starts_with(u">>") || !token.ends_with(u"<<")) continue;
    languages.codes.insert(languages.root, std::vector<uint32_t>(token.begin(), token.end()), id);
  }
  return languages;
}

WordRules rules_of(const TokenizerSpec& spec, const Model& model) {
  constexpr uint32_t kSpaceMark = 0x2581;
  WordRules rules;
  rules.normalizer = Normalizer(spec.normalizer, spec.steps);
  const uint32_t space = rules.normalizer.local_space();
  rules.has_steps = !spec.steps.empty();
  rules.is_local = space == ' ' || space == kSpaceMark;
  SplitOptions split = spec.split;
  const bool has_marks = space == kSpaceMark || (space == ' ' && split.space == kSpaceMark);
  if (has_marks && split.kind == SplitKind::kWhole && model.has_seam(kSpaceMark)) split.seam = kSpaceMark;
  rules.splitter = Splitter(split);
  rules.languages = languages_of(spec);
  // Raw tokens come first; where there are none and nothing is normalised, the others may as well be found in the raw
  // text, which need not be in memory as a whole.
  const bool one_kind = std::all_of(spec.added.begin(), spec.added.end(), [](const auto& t) { return t.normalized; });
  const bool all_raw = one_kind && rules.normalizer.is_identity();
  for (const AddedToken& token : spec.added) {
    if (!token.normalized || all_raw) {
      rules.raw.add(token, std::vector<uint32_t>(token.content.begin(), token.content.end()));
      continue;
    }
    std::vector<Char> chars;
    rules.normalizer.append(token.content, {0, token.content.size()}, chars);
    std::vector<uint32_t> keys;
    for (const Char& c : chars) keys.push_back(c.code);
    rules.normalized.add(token, keys);
  }
  return rules;
}

}  // namespace

Tokenizer::Tokenizer(const TokenizerSpec& spec)
    : model_(model_of(spec)), rules_(rules_of(spec, *model_)), templates_(spec.templates) {
  if (spec.trim_offsets) trimmer_.emplace(spec.vocabulary, spec.trim_after_prefix);
}

size_t Tokenizer::special_count(bool pair) const {
  const auto& parts = pair ? templates_.pair : templates_.single;
  return static_cast<size_t>(
      std::count_if(parts.begin(), parts.end(), [](const TemplatePart& p) { return p.is_special(); }));
}

void Tokenizer::encode(const TextPair& texts, const EncodeOptions& options, Workspace& workspace, EncodedRows& out,
                       Cancelled cancelled) const {
  const EncodeTools tools{rules_, *model_, workspace, cancelled};
  const bool paired = texts.second.has_value(), left = options.truncate_left;
  SequenceEncoder first(tools, texts.first, workspace.first);
  SequenceEncoder second(tools, texts.second.value_or(u""), workspace.second);
  std::pair<size_t, size_t> lengths{0, 0};
  if (paired) {
    lengths = lengths_of_pair(first, second, options);
  } else {
    lengths.first = length_of_single(first, options);
  }
  const Part all_first{texts.first, first.tokens()}, all_second{texts.second.value_or(u""), second.tokens()};
  if (options.overflow) return append_windows(all_first, paired ? &all_second : nullptr, lengths, options, out);
  const Part kept_first = all_first.cut(kept(first.tokens().size(), lengths.first, left));
  const Part kept_second = all_second.cut(kept(second.tokens().size(), lengths.second, left));
  append(kept_first, paired ? &kept_second : nullptr, options, out);
}

size_t Tokenizer::length_of_single(SequenceEncoder& first, const EncodeOptions& options) const {
  const bool whole = options.truncation == Truncation::kNone || options.truncate_left || options.overflow;
  if (whole) first.run(kAll);
  if (options.truncation == Truncation::kNone) return first.tokens().size();
  const size_t budget = room(options, options.add_special_tokens ? special_count(false) : 0);
  const bool needs_pair = options.truncation == Truncation::kOnlySecond;
  first.run(needs_pair ? budget + 1 : budget);
  if (needs_pair && first.tokens().size() > budget) {
    throw Error(ErrorCode::kTokenizer, "truncation: only_second must have a pair, got one text");
  }
  return std::min(first.tokens().size(), budget);
}

std::pair<size_t, size_t> Tokenizer::lengths_of_pair(SequenceEncoder& first, SequenceEncoder& second,
                                                     const EncodeOptions& options) const {
  const Truncation how = options.truncation;
  if (how == Truncation::kNone || options.truncate_left || options.overflow) {
    first.run(kAll);
    second.run(kAll);
  }
  if (how == Truncation::kNone) return {first.tokens().size(), second.tokens().size()};
  const size_t budget = room(options, options.add_special_tokens ? special_count(true) : 0);
  if (budget == 0) return {0, 0};
  if (how == Truncation::kLongestFirst) {
    const size_t first_length = length_to_compare(first, options);
    return longest_first(first_length, length_to_compare(second, options), budget);
  }
  const bool cut_first = how == Truncation::kOnlyFirst;
  SequenceEncoder& own = cut_first ? first : second;
  SequenceEncoder& other = cut_first ? second : first;
  other.run(budget + 1);
  own.run(budget + 1 - std::min(other.tokens().size(), budget));
  const size_t length = only_one(own.tokens().size(), other.tokens().size(), budget);
  return cut_first ? std::pair{length, other.tokens().size()} : std::pair{other.tokens().size(), length};
}

// Every window of the first text with every one of the second, in Python's order: the row that truncation keeps, each
// further window of the first with all of the second, the first's own with the second's further ones.
void Tokenizer::append_windows(const Part& first, const Part* second, std::pair<size_t, size_t> lengths,
                               const EncodeOptions& options, EncodedRows& out) const {
  const auto windows = [&](size_t size, size_t length) {
    return windows_of(size, length, options.stride, options.truncate_left);
  };
  const std::vector<Stretch> firsts = windows(first.tokens.size(), lengths.first);
  const std::vector<Stretch> seconds = windows(second == nullptr ? 0 : second->tokens.size(), lengths.second);
  const size_t rows = firsts.size() * seconds.size();
  constexpr double kMaxTokens = 1 << 27;
  if (double(rows) * double(lengths.first + lengths.second + 1) > kMaxTokens) {
    throw Error(ErrorCode::kTokenizer,
                "tokenizer: the rows that a text overflows into must have less than 2^27 tokens, got " +
                    std::to_string(rows) + " rows",
                {{"rows", double(rows)}});
  }
  const bool may_cut[] = {options.truncation != Truncation::kOnlySecond, options.truncation != Truncation::kOnlyFirst};
  size_t seen[] = {0, 0};
  const auto row = [&](size_t i, size_t k) {
    const Stretch pair[] = {firsts[i], seconds[k]};
    const size_t index[] = {i, k};
    size_t fresh = 0;
    for (size_t which = 0; which < 2; ++which) {
      if (index[which] < seen[which] || !may_cut[which]) continue;
      fresh += pair[which].last - pair[which].first - (index[which] > 0 ? options.stride : 0);
      seen[which] = index[which] + 1;
    }
    const Part second_part = second == nullptr ? Part{} : second->cut(seconds[k]);
    append(first.cut(firsts[i]), second == nullptr ? nullptr : &second_part, options, out);
    out.fresh.push_back(static_cast<int32_t>(fresh));
  };
  row(0, 0);
  for (size_t i = 1; i < firsts.size(); ++i) {
    for (size_t k = 0; k < seconds.size(); ++k) row(i, k);
  }
  for (size_t k = 1; k < seconds.size(); ++k) row(0, k);
  out.rows.push_back(static_cast<int32_t>(rows));
}

void Tokenizer::append(const Part& first, const Part* second, const EncodeOptions& options, EncodedRows& out) const {
  const size_t before = out.ids.size();
  for (const TemplatePart& place : second != nullptr ? templates_.pair : templates_.single) {
    if (place.kind == TemplatePart::Kind::kFirst) append(first, place, options, out);
    if (place.kind == TemplatePart::Kind::kSecond && second != nullptr) append(*second, place, options, out);
    if (!place.is_special() || !options.add_special_tokens) continue;
    const Token special{place.kind == TemplatePart::Kind::kLanguage ? options.language : place.id, 0, 0, 0, 0};
    append({{}, {&special, 1}}, place, options, out);
  }
  out.lengths.push_back(static_cast<int32_t>(out.ids.size() - before));
}

void Tokenizer::append(const Part& part, const TemplatePart& place, const EncodeOptions& options,
                       EncodedRows& out) const {
  const bool special = place.is_special();
  const bool trims = trimmer_ && options.want_offsets && !special;
  for (const Token& whole : part.tokens) {
    const Token token = trims ? trimmer_->trimmed(whole, part.text, &whole == part.tokens.data()) : whole;
    out.ids.push_back(static_cast<int32_t>(token.id));
    out.type_ids.push_back(static_cast<int32_t>(place.type_id));
    if (options.want_special_mask) out.special_mask.push_back(special ? 1 : 0);
    if (options.want_words) out.words.push_back(special ? -1 : static_cast<int32_t>(token.word));
    if (options.want_offsets) {
      out.offsets.push_back(static_cast<int32_t>(token.start));
      out.offsets.push_back(static_cast<int32_t>(token.end));
    }
  }
}

}  // namespace gridstride::text
