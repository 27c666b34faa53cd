#include "native/napi/tokenizer.h"

#include <memory>
#include <mutex>
#include <utility>

#include "native/napi/register.h"
#include "native/napi/tasks.h"

namespace gridstride::napi {
namespace {

using text::EncodedRows;
using text::TemplatePart;
using text::Tokenizer;
using text::TokenizerSpec;

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
    const auto flag = [&](const char* name) { return token.Get(name).ToBoolean().Value(); };
    tokens.push_back({text_argument(token.Get("content"), "content"), token.Get("id").As<Napi::Number>().Uint32Value(),
                      flag("singleWord"), flag("lstrip"), flag("rstrip"), flag("normalized")});
  }
  return tokens;
}

// The vocabulary crosses as one string and two arrays: thirty thousand strings would hold the event loop.
struct PackedVocabulary {
  std::u16string tokens;
  std::vector<int32_t> lengths, ids;
};

PackedVocabulary packed_vocabulary(const Napi::Object& spec) {
  const auto numbers = [&](const char* name) {
    const auto array = spec.Get(name).As<Napi::Int32Array>();
    return std::vector<int32_t>(array.Data(), array.Data() + array.ElementLength());
  };
  PackedVocabulary packed{text_argument(spec.Get("tokens"), "tokens"), numbers("lengths"), numbers("ids")};
  size_t total = 0;
  for (const int32_t length : packed.lengths) total += static_cast<uint32_t>(length);
  if (total != packed.tokens.size() || packed.ids.size() != packed.lengths.size()) {
    throw Error(ErrorCode::kTokenizer, "vocabulary: lengths must add up to the text of the tokens");
  }
  return packed;
}

std::shared_ptr<const Tokenizer> build(TokenizerSpec spec, const PackedVocabulary& packed) {
  size_t at = 0;
  for (size_t i = 0; i < packed.ids.size(); ++i) {
    const auto length = static_cast<size_t>(packed.lengths[i]);
    spec.vocabulary.emplace_back(packed.tokens.substr(at, length), static_cast<uint32_t>(packed.ids[i]));
    at += length;
  }
  return std::make_shared<const Tokenizer>(spec);
}

class NativeTokenizer : public Napi::ObjectWrap<NativeTokenizer> {
 public:
  static void add_to(Napi::Env env, Napi::Object exports) {
    exports.Set("NativeTokenizer", DefineClass(env, "NativeTokenizer",
                                               {InstanceMethod<&NativeTokenizer::load>("load"),
                                                InstanceMethod<&NativeTokenizer::encode>("encode"),
                                                InstanceMethod<&NativeTokenizer::encode_batch>("encodeBatch")}));
  }

  explicit NativeTokenizer(const Napi::CallbackInfo& info) : Napi::ObjectWrap<NativeTokenizer>(info) {}

 private:
  // load(spec): builds the tables on a task thread.
  Napi::Value load(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] {
      const auto given = info[0].As<Napi::Object>();
      TokenizerSpec spec;
      spec.normalizer = normalizer_options(given);
      spec.model.prefix = text_argument(given.Get("prefix"), "prefix");
      spec.model.unk_id = given.Get("unkId").As<Napi::Number>().Uint32Value();
      spec.model.max_chars_per_word = given.Get("maxCharsPerWord").As<Napi::Number>().Uint32Value();
      spec.added = added_tokens_of(given.Get("added"));
      spec.templates = {template_of(given.Get("single")), template_of(given.Get("pair"))};
      auto packed = packed_vocabulary(given);
      return run_task(
          info.Env(),
          [spec = std::move(spec), packed = std::move(packed)](text::Cancelled) { return build(spec, packed); },
          [holder = holder_](Napi::Env env, std::shared_ptr<const Tokenizer>& built) {
            holder->tokenizer = std::move(built);
            return env.Undefined();
          });
    });
  }

  // encode(text, pair | undefined, bits, maxLength, scratch): one row, on this thread. Its size when it went into
  // `scratch`, else an array.
  Napi::Value encode(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
      if (!local_) local_ = std::make_unique<Local>();
      text::TextPair texts{local_->first.read(info[0], "text")};
      if (!info[1].IsUndefined()) texts.second = local_->second.read(info[1], "textPair");
      local_->rows.clear();
      loaded().encode(texts, options_of(info), local_->workspace, local_->rows);
      auto scratch = info[4].As<Napi::Int32Array>();
      const size_t size = flat_size(local_->rows);
      if (size > scratch.ElementLength()) return to_int32_array(info.Env(), flatten(local_->rows));
      flatten_to(local_->rows, scratch.Data());
      return Napi::Number::New(info.Env(), static_cast<double>(size));
    });
  }

  // encodeBatch(texts, pairs | undefined, bits, maxLength): rows, on a task thread.
  Napi::Value encode_batch(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] {
      loaded();
      auto texts = texts_argument(info[0], "texts");
      const bool paired = !info[1].IsUndefined();
      auto pairs = paired ? texts_argument(info[1], "textPair") : std::vector<std::u16string>{};
      if (paired && pairs.size() != texts.size()) {
        throw Error(ErrorCode::kTokenizer,
                    "tokenizer: textPair must have one entry per text, got " + std::to_string(pairs.size()) + " for " +
                        std::to_string(texts.size()),
                    {{"texts", double(texts.size())}, {"textPair", double(pairs.size())}});
      }
      return run_task(
          info.Env(),
          [holder = holder_, options = options_of(info), texts = std::move(texts), pairs = std::move(pairs),
           paired](text::Cancelled cancelled) {
            EncodedRows rows;
            auto workspace = holder->borrow();
            for (size_t i = 0; i < texts.size(); ++i) {
              text::TextPair both{texts[i]};
              if (paired) both.second = pairs[i];
              holder->tokenizer->encode(both, options, *workspace, rows, cancelled);
            }
            holder->give_back(std::move(workspace));
            return flatten(rows);
          },
          [](Napi::Env env, std::vector<int32_t>& flat) { return to_int32_array(env, std::move(flat)); });
    });
  }

  const Tokenizer& loaded() const {
    if (!holder_->tokenizer) throw Error(ErrorCode::kTokenizer, "tokenizer: must be loaded before it encodes");
    return *holder_->tokenizer;
  }

  static text::EncodeOptions options_of(const Napi::CallbackInfo& info) {
    return encode_options(info[2].As<Napi::Number>().Uint32Value(), info[3].As<Napi::Number>().Uint32Value());
  }

  // Apart from the JavaScript object: tasks may hold it on any thread.
  struct Holder {
    std::shared_ptr<const Tokenizer> tokenizer;

    std::unique_ptr<text::Workspace> borrow() {
      std::lock_guard lock(mutex);
      if (free.empty()) return std::make_unique<text::Workspace>();
      auto workspace = std::move(free.back());
      free.pop_back();
      return workspace;
    }
    void give_back(std::unique_ptr<text::Workspace> workspace) {
      constexpr size_t kKeptChars = 1 << 16;
      // What one huge text needed is not kept.
      if (workspace->first.tokens.capacity() > kKeptChars || workspace->first.block.capacity() > kKeptChars) return;
      std::lock_guard lock(mutex);
      free.push_back(std::move(workspace));
    }

    std::mutex mutex;
    std::vector<std::unique_ptr<text::Workspace>> free;
  };

  // Memory of the JavaScript thread.
  struct Local {
    TextBuffer first, second;
    text::Workspace workspace;
    EncodedRows rows;
  };

  std::unique_ptr<Local> local_;
  std::shared_ptr<Holder> holder_ = std::make_shared<Holder>();
};

}  // namespace

void register_tokenizer(Napi::Env env, Napi::Object exports) {
  NativeTokenizer::add_to(env, exports);
  register_wordpiece_trainer(env, exports);
}

}  // namespace gridstride::napi
