// ByteLevel's trimmed offsets: a token's white space is left out of its range of the text.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "native/text/models/model.h"
#include "native/text/sequence_encoder.h"

namespace gridstride::text {

class OffsetTrimmer {
 public:
  // `has_prefix`: a space was put before the text, and the first token's range does not hold it.
  OffsetTrimmer(const Vocabulary& vocabulary, bool has_prefix);

  // A token of the text with its range trimmed; the first of its row or not.
  Token trimmed(Token token, std::u16string_view text, bool is_first) const;

 private:
  struct Spaces {
    uint32_t leading = 0, trailing = 0;
  };
  static Spaces spaces_of(std::u16string_view token);

  std::vector<Spaces> spaces_;  // by id
  bool has_prefix_ = false;
};

}  // namespace gridstride::text
