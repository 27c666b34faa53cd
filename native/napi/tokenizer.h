// What the tokenizer's two JavaScript classes share: options as numbers, texts, flat results.
#pragma once

#include <napi.h>

#include <string>
#include <string_view>
#include <vector>

#include "native/text/tokenizer.h"

namespace gridstride::napi {

// Bits of the options number of an encode call; lib/tokenizers/native_codec.ts has the same.
enum EncodeBits : uint32_t {
  kAddSpecialTokens = 1,
  kTruncateLeft = 2,
  kWantOffsets = 4,
  kWantSpecialMask = 8,
  kWantWords = 16,
  kTruncationShift = 8,
};

text::EncodeOptions encode_options(uint32_t bits, uint32_t max_length);

text::NormalizerOptions normalizer_options(const Napi::Object& spec);

std::u16string text_argument(const Napi::Value& value, const char* name);

// Reads one text after another into the same memory.
class TextBuffer {
 public:
  // Good until the next call.
  std::u16string_view read(const Napi::Value& value, const char* name);

 private:
  std::vector<char16_t> units_;
  std::u16string long_;
};

// An array of strings; throws an engine Error naming the index of anything else.
std::vector<std::u16string> texts_argument(const Napi::Value& value, const char* name);

// All fields one after another: lengths, ids, type ids, then what was asked for (mask, words, offsets).
std::vector<int32_t> flatten(const text::EncodedRows& rows);
size_t flat_size(const text::EncodedRows& rows);
void flatten_to(const text::EncodedRows& rows, int32_t* out);

// Large results are handed over without a copy.
Napi::Value to_int32_array(Napi::Env env, std::vector<int32_t>&& values);

void register_wordpiece_trainer(Napi::Env env, Napi::Object exports);

}  // namespace gridstride::napi
