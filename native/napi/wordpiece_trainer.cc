#include "native/text/wordpiece_trainer.h"

#include <memory>
#include <mutex>
#include <utility>

#include "native/napi/tasks.h"
#include "native/napi/tokenizer.h"

namespace gridstride::napi {
namespace {

std::u32string to_utf32(std::u16string_view text) {
  const std::vector<uint32_t> codes = text::code_points(text);
  return {codes.begin(), codes.end()};
}

std::u16string to_utf16(const std::u32string& text) {
  std::u16string out;
  for (const char32_t code : text) {
    if (code < 0x10000) {
      out.push_back(static_cast<char16_t>(code));
    } else {
      out.push_back(static_cast<char16_t>(0xD800 + ((code - 0x10000) >> 10)));
      out.push_back(static_cast<char16_t>(0xDC00 + (code & 0x3FF)));
    }
  }
  return out;
}

text::TrainerOptions trainer_options(const Napi::Object& given) {
  const auto number = [&](const char* name) { return given.Get(name).As<Napi::Number>().Uint32Value(); };
  text::TrainerOptions options;
  options.vocab_size = number("vocabSize");
  options.min_frequency = number("minFrequency");
  options.limit_alphabet = number("limitAlphabet");
  options.max_token_length = number("maxTokenLength");
  options.prefix = to_utf32(text_argument(given.Get("prefix"), "prefix"));
  options.initial_alphabet = to_utf32(text_argument(given.Get("initialAlphabet"), "initialAlphabet"));
  for (const auto& token : texts_argument(given.Get("specialTokens"), "specialTokens")) {
    options.special_tokens.push_back(to_utf32(token));
  }
  return options;
}

// The words met so far; tasks add to it one at a time.
struct Corpus {
  std::mutex mutex;
  text::WordRules rules;
  text::WordCounts counts;
};

class WordPieceTrainer : public Napi::ObjectWrap<WordPieceTrainer> {
 public:
  static void add_to(Napi::Env env, Napi::Object exports) {
    exports.Set("WordPieceTrainer", DefineClass(env, "WordPieceTrainer",
                                                {InstanceMethod<&WordPieceTrainer::add>("add"),
                                                 InstanceMethod<&WordPieceTrainer::train>("train")}));
  }

  // new WordPieceTrainer({ cleanText, cjkSpacing, stripAccents, lowerCase })
  explicit WordPieceTrainer(const Napi::CallbackInfo& info)
      : Napi::ObjectWrap<WordPieceTrainer>(info), corpus_(std::make_shared<Corpus>()) {
    corpus_->rules.normalizer = text::Normalizer(normalizer_options(info[0].As<Napi::Object>()));
  }

 private:
  // add(texts): counts their words.
  Napi::Value add(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] {
      return run_task(
          info.Env(),
          [corpus = corpus_, texts = texts_argument(info[0], "texts")](text::Cancelled cancelled) {
            std::lock_guard lock(corpus->mutex);
            for (const std::u16string& text : texts) count_words(corpus->rules, text, corpus->counts, cancelled);
            return corpus->counts.size();
          },
          [](Napi::Env env, size_t words) { return Napi::Number::New(env, static_cast<double>(words)); });
    });
  }

  // train(options): the tokens by id.
  Napi::Value train(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] {
      return run_task(
          info.Env(),
          [corpus = corpus_, options = trainer_options(info[0].As<Napi::Object>())](text::Cancelled cancelled) {
            std::lock_guard lock(corpus->mutex);
            return text::train_wordpiece(corpus->counts, options, cancelled);
          },
          [](Napi::Env env, const std::vector<std::u32string>& tokens) {
            auto array = Napi::Array::New(env, tokens.size());
            for (uint32_t i = 0; i < tokens.size(); ++i) {
              Napi::HandleScope scope(env);
              array.Set(i, Napi::String::New(env, to_utf16(tokens[i])));
            }
            return array;
          });
    });
  }

  std::shared_ptr<Corpus> corpus_;
};

}  // namespace

void register_wordpiece_trainer(Napi::Env env, Napi::Object exports) { WordPieceTrainer::add_to(env, exports); }

}  // namespace gridstride::napi
