// The steps of a normaliser as lib/tokenizers/parts/normalizer.ts lists them. All of it was checked there but the character
// maps, which only native/text reads.
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "native/napi/tokenizer.h"
#include "native/text/normalizers/forms.h"
#include "native/text/normalizers/precompiled.h"
#include "native/text/normalizers/sentencepiece.h"
#include "native/text/normalizers/simple_steps.h"

namespace gridstride::napi {
namespace {

using Step = std::shared_ptr<const text::NormalizerStep>;

std::string_view bytes_of(const Napi::Value& value) {
  const auto array = value.As<Napi::Uint8Array>();
  return {reinterpret_cast<const char*>(array.Data()), array.ElementLength()};
}

bool flag(const Napi::Object& from, const char* name) { return from.Get(name).ToBoolean().Value(); }

Step sentencepiece_step(const Napi::Object& given) {
  text::SentencePieceOptions options;
  options.charsmap = bytes_of(given.Get("charsmap"));
  options.adds_dummy_prefix = flag(given, "addsDummyPrefix");
  options.removes_extra_whitespaces = flag(given, "removesExtraWhitespaces");
  options.escapes_whitespaces = flag(given, "escapesWhitespaces");
  options.is_suffix = flag(given, "isSuffix");
  options.symbols = texts_argument(given.Get("symbols"), "symbols");
  return std::make_shared<text::SentencePieceStep>(std::move(options));
}

Step step_of(const Napi::Object& given) {
  using Kind = text::CharacterStep::Kind;
  const std::string type = given.Get("type").As<Napi::String>().Utf8Value();
  const auto codes = [&](const char* name) { return text::code_points(text_argument(given.Get(name), name)); };
  const auto characters = [](Kind kind) { return std::make_shared<text::CharacterStep>(kind); };
  const auto form = [](bool compatible, bool composes) {
    return std::make_shared<text::FormStep>(compatible, composes);
  };
  if (type == "Replace") return std::make_shared<text::ReplaceStep>(codes("pattern"), codes("content"));
  if (type == "ReplaceSpaces") {
    const uint32_t least = given.Get("least").As<Napi::Number>().Uint32Value();
    return std::make_shared<text::ReplaceSpacesStep>(least, codes("content"));
  }
  if (type == "ReplaceWhitespace") return std::make_shared<text::ReplaceWhitespaceStep>(codes("content"));
  if (type == "Prepend") return std::make_shared<text::PrependStep>(codes("content"));
  if (type == "Strip") return std::make_shared<text::StripStep>(flag(given, "left"), flag(given, "right"));
  if (type == "Precompiled") return std::make_shared<text::PrecompiledStep>(bytes_of(given.Get("charsmap")));
  if (type == "SentencePiece") return sentencepiece_step(given);
  if (type == "Lowercase") return characters(Kind::kLowercase);
  if (type == "StripAccents") return characters(Kind::kStripAccents);
  if (type == "Nmt") return characters(Kind::kNmt);
  return form(type == "NFKC" || type == "NFKD", type == "NFC" || type == "NFKC");
}

}  // namespace

text::NormalizerSteps normalizer_steps(const Napi::Value& value) {
  const auto list = value.As<Napi::Array>();
  text::NormalizerSteps steps;
  for (uint32_t i = 0; i < list.Length(); ++i) {
    Napi::HandleScope scope(list.Env());
    steps.push_back(step_of(list.Get(i).As<Napi::Object>()));
  }
  return steps;
}

}  // namespace gridstride::napi
