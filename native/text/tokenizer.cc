#include "native/text/tokenizer.h"

#include <algorithm>
#include <limits>

#include "native/core/error.h"

namespace gridstride::text {
namespace {

constexpr size_t kAll = std::numeric_limits<size_t>::max();

void keep(std::vector<Token>& tokens, size_t length, bool from_left) {
  if (tokens.size() <= length) return;
  if (from_left) {
    tokens.erase(tokens.begin(), tokens.end() - static_cast<std::ptrdiff_t>(length));
  } else {
    tokens.resize(length);
  }
}

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
// max_length, seen from the end that stays; it looks at the count after a word, but not after an added token.
size_t length_to_compare(SequenceEncoder& text, const EncodeOptions& options) {
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

}  // namespace

Tokenizer::Tokenizer(const TokenizerSpec& spec) : model_(spec.model), templates_(spec.templates) {
  rules_.normalizer = Normalizer(spec.normalizer);
  for (const auto& [token, id] : spec.vocabulary) model_.add(token, id);
  for (const AddedToken& token : spec.added) {
    if (!token.normalized) {
      rules_.raw.add(token, std::vector<uint32_t>(token.content.begin(), token.content.end()));
      continue;
    }
    std::vector<Char> chars;
    rules_.normalizer.append(token.content, 0, token.content.size(), chars);
    std::vector<uint32_t> keys;
    for (const Char& c : chars) keys.push_back(c.code);
    rules_.normalized.add(token, keys);
  }
}

size_t Tokenizer::special_count(bool pair) const {
  const auto& parts = pair ? templates_.pair : templates_.single;
  return static_cast<size_t>(std::count_if(
      parts.begin(), parts.end(), [](const TemplatePart& p) { return p.kind == TemplatePart::Kind::kSpecial; }));
}

void Tokenizer::encode(const TextPair& texts, const EncodeOptions& options, Workspace& workspace, EncodedRows& out,
                       Cancelled cancelled) const {
  const EncodeTools tools{rules_, model_, workspace, cancelled};
  SequenceEncoder first(tools, texts.first, workspace.first);
  if (!texts.second) {
    encode_single(first, options);
    append(first, nullptr, options, out);
    return;
  }
  SequenceEncoder second(tools, *texts.second, workspace.second);
  encode_pair(first, second, options);
  append(first, &second, options, out);
}

void Tokenizer::encode_single(SequenceEncoder& first, const EncodeOptions& options) const {
  if (options.truncation == Truncation::kNone) return first.run(kAll);
  const size_t budget = room(options, options.add_special_tokens ? special_count(false) : 0);
  const bool needs_pair = options.truncation == Truncation::kOnlySecond;
  first.run(needs_pair ? budget + 1 : options.truncate_left ? kAll : budget);
  if (needs_pair && first.tokens().size() > budget) {
    throw Error(ErrorCode::kTokenizer, "truncation: only_second must have a pair, got one text");
  }
  keep(first.tokens(), budget, options.truncate_left);
}

void Tokenizer::encode_pair(SequenceEncoder& first, SequenceEncoder& second, const EncodeOptions& options) const {
  const Truncation how = options.truncation;
  const bool whole = how == Truncation::kNone || options.truncate_left;
  if (whole) {
    first.run(kAll);
    second.run(kAll);
  }
  if (how == Truncation::kNone) return;
  const size_t budget = room(options, options.add_special_tokens ? special_count(true) : 0);
  std::pair<size_t, size_t> lengths{0, 0};
  if (budget > 0 && how == Truncation::kLongestFirst) {
    const size_t first_length = length_to_compare(first, options);
    lengths = longest_first(first_length, length_to_compare(second, options), budget);
  } else if (budget > 0) {
    const bool cut_first = how == Truncation::kOnlyFirst;
    SequenceEncoder& own = cut_first ? first : second;
    SequenceEncoder& other = cut_first ? second : first;
    other.run(budget + 1);
    own.run(budget + 1 - std::min(other.tokens().size(), budget));
    const size_t length = only_one(own.tokens().size(), other.tokens().size(), budget);
    lengths = cut_first ? std::pair{length, other.tokens().size()} : std::pair{other.tokens().size(), length};
  }
  keep(first.tokens(), lengths.first, options.truncate_left);
  keep(second.tokens(), lengths.second, options.truncate_left);
}

void Tokenizer::append(const SequenceEncoder& first, const SequenceEncoder* second, const EncodeOptions& options,
                       EncodedRows& out) const {
  static const std::vector<Token> kOneSpecial(1);
  const size_t before = out.ids.size();
  for (const TemplatePart& part : second != nullptr ? templates_.pair : templates_.single) {
    const bool special = part.kind == TemplatePart::Kind::kSpecial;
    if (special && !options.add_special_tokens) continue;
    const bool from_second = part.kind == TemplatePart::Kind::kSecond;
    if (from_second && second == nullptr) continue;
    for (const Token& token : special ? kOneSpecial : from_second ? second->tokens() : first.tokens()) {
      out.ids.push_back(static_cast<int32_t>(special ? part.id : token.id));
      out.type_ids.push_back(static_cast<int32_t>(part.type_id));
      if (options.want_special_mask) out.special_mask.push_back(special ? 1 : 0);
      if (options.want_words) out.words.push_back(special ? -1 : static_cast<int32_t>(token.word));
      if (options.want_offsets) {
        out.offsets.push_back(static_cast<int32_t>(token.start));
        out.offsets.push_back(static_cast<int32_t>(token.end));
      }
    }
  }
  out.lengths.push_back(static_cast<int32_t>(out.ids.size() - before));
}

}  // namespace gridstride::text
