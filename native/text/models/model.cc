#include "native/text/models/model.h"

#include "native/core/error.h"

namespace gridstride::text {

std::vector<uint32_t> code_points(std::u16string_view text) {
  std::vector<uint32_t> out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) out.push_back(next_code_point(text, at));
  return out;
}

void refuse_two_ids(uint32_t first, uint32_t second) {
  throw Error(ErrorCode::kTokenizer,
              "vocabulary: a token must have one id, got " + std::to_string(first) + " and " + std::to_string(second),
              {{"first", double(first)}, {"second", double(second)}});
}

}  // namespace gridstride::text
