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
  kOverflow = 32,
  kTruncationShift = 8,
};

text::EncodeOptions encode_options(uint32_t bits, uint32_t max_length, uint32_t stride, uint32_t language);

text::NormalizerOptions normalizer_options(const Napi::Object& spec);

// Of [{ type, ... }].
text::NormalizerSteps normalizer_steps(const Napi::Value& value);

// Of spec.split, { kind, maxDigits, prefix, prefixAtStart, prefixWords, space }.
text::SplitOptions split_options(const Napi::Object& spec);

// All of a tokenizer but its vocabulary.
text::TokenizerSpec tokenizer_spec(const Napi::Object& spec);

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

// The number of rows, then all fields one after another: lengths, rows of each text and fresh tokens (with overflow),
// ids, type ids, and what was asked for (mask, words, offsets).
std::vector<int32_t> flatten(const text::EncodedRows& rows);
size_t flat_size(const text::EncodedRows& rows);
void flatten_to(const text::EncodedRows& rows, int32_t* out);

// Large results are handed over without a copy.
Napi::Value to_int32_array(Napi::Env env, std::vector<int32_t>&& values);

void register_vocabulary_trainer(Napi::Env env, Napi::Object exports);

}  // namespace gridstride::napi
