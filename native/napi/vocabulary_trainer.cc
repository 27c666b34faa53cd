#include "native/text/models/merge_trainer.h"

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
  text::Letters letters = text::Letters::kCharacters;
  text::WordCounts counts;
};

class VocabularyTrainer : public Napi::ObjectWrap<VocabularyTrainer> {
 public:
  static void add_to(Napi::Env env, Napi::Object exports) {
    exports.Set("VocabularyTrainer", DefineClass(env, "VocabularyTrainer",
                                                 {InstanceMethod<&VocabularyTrainer::add>("add"),
                                                  InstanceMethod<&VocabularyTrainer::train>("train")}));
  }

  // new VocabularyTrainer({ cleanText, cjkSpacing, stripAccents, lowerCase, split, bytes }); split as a tokenizer's.
  explicit VocabularyTrainer(const Napi::CallbackInfo& info)
      : Napi::ObjectWrap<VocabularyTrainer>(info), corpus_(std::make_shared<Corpus>()) {
    const auto given = info[0].As<Napi::Object>();
    corpus_->rules.normalizer = text::Normalizer(normalizer_options(given));
    corpus_->rules.splitter = text::Splitter(split_options(given));
    if (given.Get("bytes").ToBoolean().Value()) corpus_->letters = text::Letters::kBytes;
  }

 private:
  // add(texts): counts their words.
  Napi::Value add(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] {
      return run_task(
          info.Env(),
          [corpus = corpus_, texts = texts_argument(info[0], "texts")](text::Cancelled cancelled) {
            std::lock_guard lock(corpus->mutex);
            for (const std::u16string& text : texts) {
              count_words(corpus->rules, corpus->letters, text, corpus->counts, cancelled);
            }
            return corpus->counts.size();
          },
          [](Napi::Env env, size_t words) { return Napi::Number::New(env, static_cast<double>(words)); });
    });
  }

  // train(options): { tokens, merges }, the tokens by id and three ids a merge.
  Napi::Value train(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] {
      return run_task(
          info.Env(),
          [corpus = corpus_, options = trainer_options(info[0].As<Napi::Object>())](text::Cancelled cancelled) {
            std::lock_guard lock(corpus->mutex);
            return text::train_merges(corpus->counts, options, cancelled);
          },
          [](Napi::Env env, const text::TrainedVocabulary& trained) {
            auto tokens = Napi::Array::New(env, trained.tokens.size());
            for (uint32_t i = 0; i < trained.tokens.size(); ++i) {
              Napi::HandleScope scope(env);
              tokens.Set(i, Napi::String::New(env, to_utf16(trained.tokens[i])));
            }
            std::vector<int32_t> merges;
            for (const auto& [left, right, merged] : trained.merges) {
              for (const uint32_t id : {left, right, merged}) merges.push_back(static_cast<int32_t>(id));
            }
            auto result = Napi::Object::New(env);
            result.Set("tokens", tokens);
            result.Set("merges", to_int32_array(env, std::move(merges)));
            return result;
          });
    });
  }

  std::shared_ptr<Corpus> corpus_;
};

}  // namespace

void register_vocabulary_trainer(Napi::Env env, Napi::Object exports) { VocabularyTrainer::add_to(env, exports); }

}  // namespace gridstride::napi
