// What lib/tokenizers makes of a tokenizer's files, as the native tokenizer takes it. All of it was checked there.
#include <utility>

#include "native/napi/tokenizer.h"

namespace gridstride::napi {
namespace {

using text::TemplatePart;

bool flag(const Napi::Object& from, const char* name) { return from.Get(name).ToBoolean().Value(); }
uint32_t number(const Napi::Object& from, const char* name) { return from.Get(name).As<Napi::Number>().Uint32Value(); }

std::vector<TemplatePart> template_of(const Napi::Value& value) {
  const auto triples = value.As<Napi::Int32Array>();
  std::vector<TemplatePart> parts;
  for (size_t i = 0; i + 2 < triples.ElementLength(); i += 3) {
    const auto kind = static_cast<TemplatePart::Kind>(triples[i]);
    parts.push_back({kind, static_cast<uint32_t>(triples[i + 1]), static_cast<uint32_t>(triples[i + 2])});
  }
  return parts;
}

std::vector<text::AddedToken> added_tokens_of(const Napi::Value& value) {
  const auto array = value.As<Napi::Array>();
  std::vector<text::AddedToken> tokens;
  for (uint32_t i = 0; i < array.Length(); ++i) {
    Napi::HandleScope scope(array.Env());
    const auto token = array.Get(i).As<Napi::Object>();
    tokens.push_back({text_argument(token.Get("content"), "content"), number(token, "id"), flag(token, "singleWord"),
                      flag(token, "lstrip"), flag(token, "rstrip"), flag(token, "normalized")});
  }
  return tokens;
}

text::WordPieceOptions wordpiece_options(const Napi::Object& model) {
  return {text_argument(model.Get("prefix"), "prefix"), number(model, "unkId"), number(model, "maxCharsPerWord")};
}

std::optional<uint32_t> unk_id_of(const Napi::Object& model) {
  return model.Get("unkId").IsNumber() ? std::optional(number(model, "unkId")) : std::nullopt;
}

text::BpeOptions bpe_options(const Napi::Object& model) {
  text::BpeOptions options;
  options.byte_level = flag(model, "byteLevel");
  options.byte_fallback = flag(model, "byteFallback");
  options.ignore_merges = flag(model, "ignoreMerges");
  options.fuse_unk = flag(model, "fuseUnk");
  options.unk_id = unk_id_of(model);
  const auto ids = model.Get("merges").As<Napi::Int32Array>();
  for (size_t i = 0; i + 2 < ids.ElementLength(); i += 3) {
    const auto id = [&](size_t k) { return static_cast<uint32_t>(ids[i + k]); };
    options.merges.push_back({id(0), id(1), id(2)});
  }
  return options;
}

text::UnigramOptions unigram_options(const Napi::Object& model) {
  text::UnigramOptions options;
  const auto scores = model.Get("scores").As<Napi::Float64Array>();
  options.scores.assign(scores.Data(), scores.Data() + scores.ElementLength());
  const auto symbols = model.Get("symbols").As<Napi::Uint32Array>();
  options.symbols.assign(symbols.Data(), symbols.Data() + symbols.ElementLength());
  options.unk_id = unk_id_of(model);
  options.unk_score = model.Get("unkScore").As<Napi::Number>().DoubleValue();
  options.byte_fallback = flag(model, "byteFallback");
  options.is_single = flag(model, "isSingle");
  return options;
}

decltype(text::TokenizerSpec::model) model_options(const Napi::Object& model) {
  const std::string type = model.Get("type").As<Napi::String>().Utf8Value();
  if (type == "BPE") return bpe_options(model);
  if (type == "Unigram") return unigram_options(model);
  if (type == "WordLevel") return text::WordLevelOptions{unk_id_of(model)};
  return wordpiece_options(model);
}

}  // namespace

text::NormalizerOptions normalizer_options(const Napi::Object& spec) {
  return {flag(spec, "cleanText"), flag(spec, "cjkSpacing"), flag(spec, "stripAccents"), flag(spec, "lowerCase")};
}

text::SplitOptions split_options(const Napi::Object& spec) {
  const auto split = spec.Get("split").As<Napi::Object>();
  return {static_cast<text::SplitKind>(number(split, "kind")), number(split, "maxDigits"), number(split, "prefix"),
          flag(split, "prefixAtStart"), flag(split, "prefixWords"), number(split, "space")};
}

text::TokenizerSpec tokenizer_spec(const Napi::Object& given) {
  text::TokenizerSpec spec;
  const auto normalizer = given.Get("normalizer").As<Napi::Object>();
  spec.normalizer = normalizer_options(normalizer);
  spec.steps = normalizer_steps(normalizer.Get("steps"));
  spec.split = split_options(given);
  spec.model = model_options(given.Get("model").As<Napi::Object>());
  spec.added = added_tokens_of(given.Get("added"));
  spec.templates = {template_of(given.Get("single")), template_of(given.Get("pair"))};
  spec.trim_offsets = flag(given, "trimOffsets");
  spec.trim_after_prefix = flag(given, "trimAfterPrefix");
  spec.language_codes = flag(given, "languageCodes");
  return spec;
}

}  // namespace gridstride::napi
