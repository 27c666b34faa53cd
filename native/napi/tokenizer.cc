#include "native/napi/tokenizer.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <tuple>
#include <utility>

#include "native/napi/register.h"
#include "native/napi/tasks.h"

namespace gridstride::napi {
namespace {

using text::EncodedRows;
using text::Tokenizer;
using text::TokenizerSpec;

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
      TokenizerSpec spec = tokenizer_spec(given);
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

  // encode(text, pair | undefined, bits, maxLength, stride, language, scratch): one row, on this thread. Its size when it went
  // into `scratch`, else an array.
  Napi::Value encode(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
      if (!local_) local_ = std::make_unique<Local>();
      text::TextPair texts{local_->first.read(info[0], "text")};
      if (!info[1].IsUndefined()) texts.second = local_->second.read(info[1], "textPair");
      local_->rows.clear();
      loaded().encode(texts, options_of(info), local_->workspace, local_->rows);
      auto scratch = info[6].As<Napi::Int32Array>();
      const size_t size = flat_size(local_->rows);
      if (size > scratch.ElementLength()) return to_int32_array(info.Env(), flatten(local_->rows));
      flatten_to(local_->rows, scratch.Data());
      return Napi::Number::New(info.Env(), static_cast<double>(size));
    });
  }

  // encodeBatch(texts, pairs | undefined, bits, maxLength, stride, language): rows, on a task thread.
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
    const auto number = [&](size_t i) { return info[i].As<Napi::Number>().Uint32Value(); };
    return encode_options(number(2), number(3), number(4), number(5));
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
      const auto& [first, second] = std::tie(workspace->first, workspace->second);
      const size_t most = std::max({first.tokens.capacity(), first.block.capacity(), second.tokens.capacity(),
                                    second.block.capacity(), workspace->model.symbols.capacity(),
                                    workspace->model.path.capacity()});
      if (most > kKeptChars) return;
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
  register_vocabulary_trainer(env, exports);
}

}  // namespace gridstride::napi
