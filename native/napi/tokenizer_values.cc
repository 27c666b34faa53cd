#include <algorithm>
#include <array>
#include <utility>

#include "native/core/error.h"
#include "native/napi/tokenizer.h"

namespace gridstride::napi {
namespace {

// More than lib/tokenizers/tokenizer.ts lets through.
constexpr size_t kBufferUnits = 1 << 15;

}  // namespace

text::EncodeOptions encode_options(uint32_t bits, uint32_t max_length, uint32_t stride, uint32_t language) {
  text::EncodeOptions options;
  options.add_special_tokens = (bits & kAddSpecialTokens) != 0;
  options.truncate_left = (bits & kTruncateLeft) != 0;
  options.want_offsets = (bits & kWantOffsets) != 0;
  options.want_special_mask = (bits & kWantSpecialMask) != 0;
  options.want_words = (bits & kWantWords) != 0;
  options.truncation = static_cast<text::Truncation>((bits >> kTruncationShift) & 3u);
  options.max_length = max_length;
  options.overflow = (bits & kOverflow) != 0;
  options.stride = stride;
  options.language = language;
  return options;
}

std::u16string text_argument(const Napi::Value& value, const char* name) {
  if (value.IsString()) return value.As<Napi::String>().Utf16Value();
  throw Error(ErrorCode::kTokenizer, std::string("tokenizer: ") + name + " must be a string");
}

std::u16string_view TextBuffer::read(const Napi::Value& value, const char* name) {
  if (!value.IsString()) return long_ = text_argument(value, name);
  units_.resize(kBufferUnits);
  size_t length = 0;
  napi_get_value_string_utf16(value.Env(), value, units_.data(), units_.size(), &length);
  if (length + 1 < units_.size()) return {units_.data(), length};
  return long_ = text_argument(value, name);  // perhaps cut
}

std::vector<std::u16string> texts_argument(const Napi::Value& value, const char* name) {
  if (!value.IsArray()) {
    throw Error(ErrorCode::kTokenizer, std::string("tokenizer: ") + name + " must be an array of strings");
  }
  const auto array = value.As<Napi::Array>();
  std::vector<std::u16string> texts;
  texts.reserve(array.Length());
  for (uint32_t i = 0; i < array.Length(); ++i) {
    Napi::HandleScope scope(array.Env());
    const Napi::Value text = array.Get(i);
    if (!text.IsString()) {
      throw Error(ErrorCode::kTokenizer,
                  std::string("tokenizer: ") + name + " must hold strings only, got another value at index " +
                      std::to_string(i),
                  {{"index", double(i)}});
    }
    texts.push_back(text.As<Napi::String>().Utf16Value());
  }
  return texts;
}

namespace {

std::array<const std::vector<int32_t>*, 8> fields_of(const text::EncodedRows& rows) {
  return {&rows.lengths,  &rows.rows,         &rows.fresh, &rows.ids,
          &rows.type_ids, &rows.special_mask, &rows.words, &rows.offsets};
}

}  // namespace

size_t flat_size(const text::EncodedRows& rows) {
  size_t size = 1;
  for (const auto* field : fields_of(rows)) size += field->size();
  return size;
}

void flatten_to(const text::EncodedRows& rows, int32_t* out) {
  *out++ = static_cast<int32_t>(rows.lengths.size());
  for (const auto* field : fields_of(rows)) out = std::copy(field->begin(), field->end(), out);
}

std::vector<int32_t> flatten(const text::EncodedRows& rows) {
  std::vector<int32_t> out(flat_size(rows));
  flatten_to(rows, out.data());
  return out;
}

Napi::Value to_int32_array(Napi::Env env, std::vector<int32_t>&& values) {
  constexpr size_t kCopiedBytes = 1 << 16;
  const size_t size = values.size(), bytes = size * sizeof(int32_t);
  if (bytes <= kCopiedBytes) {
    auto array = Napi::Int32Array::New(env, size);
    std::copy(values.begin(), values.end(), array.Data());
    return array;
  }
  auto* owned = new std::vector<int32_t>(std::move(values));
  const auto buffer = Napi::ArrayBuffer::New(
      env, owned->data(), bytes, [](Napi::Env, void*, std::vector<int32_t>* held) { delete held; }, owned);
  return Napi::Int32Array::New(env, size, buffer, 0);
}

}  // namespace gridstride::napi
